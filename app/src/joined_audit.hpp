#pragma once

#include <edm/delivery/audit.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace edm::app {

class program;

/// A row of several processes; `not_seen` names the services whose end is at none of the places.
struct joined_row
{
    audit_row counted;
    std::vector<std::string> not_seen;
};

/// The audit of all subscriptions over the processes at `where` (data directories, URLs), joined by key. Waits until
/// nothing lacks, for `wait` at most; what seems lost is looked at again first. Throws command_failed with one line
/// where a place cannot be asked. Blocks.
std::vector<joined_row> joined_audit(const program& declared, const std::vector<std::string>& where,
                                     std::chrono::seconds wait, const std::string& user, const std::string& password);

} // namespace edm::app
