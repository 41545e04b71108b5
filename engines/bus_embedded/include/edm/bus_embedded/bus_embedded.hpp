#pragma once

#include <edm/bus/bus.hpp>
#include <edm/core/executor.hpp>
#include <edm/store/store.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace edm::bus_embedded {

struct parts
{
    std::map<std::string, store*, std::less<>> stores; ///< by service; publishers and subscribers all run here
    std::vector<executor*> contexts;                   ///< subscriptions are spread over them
};

/// Dispatch in memory after the commit is durable, for a process that runs all services of its topology.
/// `open` throws std::runtime_error where a publisher or subscriber is missing (rule 12).
std::unique_ptr<bus> make_bus(parts p);

} // namespace edm::bus_embedded
