#pragma once

#include <edm/bus/event.hpp>
#include <edm/delivery/call.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace edm::gateway {

/// One entry of an `Edm-After` header: what a read must include (rule 14).
struct after_entry
{
    std::string topic, key;
    edm::sequence sequence;
};

/// The first 8 entries of the header; those that cannot be read are left out.
std::vector<after_entry> parse_edm_after(std::string_view header);
/// The header of an answer whose commits published events.
std::string edm_after(const std::vector<call::published>& events);

} // namespace edm::gateway
