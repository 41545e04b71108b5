#pragma once

#include <edm/bus_embedded/bus_embedded.hpp>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace edm::testing {

/// The bus that services' tests run on, so that they name no engine.
inline std::unique_ptr<bus> make_bus(std::map<std::string, store*, std::less<>> stores, std::vector<executor*> contexts)
{
    return bus_embedded::make_bus({.stores = std::move(stores), .contexts = std::move(contexts)});
}

} // namespace edm::testing
