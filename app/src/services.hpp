#pragma once

#include <edm/service/registry.hpp>

#include <memory>
#include <vector>

namespace edm::app {

/// Every service of the shop, and the payment provider's simulator at the end. The only list of them.
std::vector<std::unique_ptr<service>> make_services(const resources& r);

/// Runs by default only in development: it is an outside party.
inline constexpr std::string_view simulator = "payment-provider";

} // namespace edm::app
