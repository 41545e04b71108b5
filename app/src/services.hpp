#pragma once

#include <edm/service/registry.hpp>

#include <memory>
#include <vector>

namespace edm::app {

/// Every service of the shop, and the payment provider's simulator at the end. The only list of them.
std::vector<std::unique_ptr<service>> make_services(const resources& r);

/// Runs by default only in development: it is an outside party.
inline constexpr std::string_view simulator = "payment-provider";
/// Whose mailbox is shown first, where several processes have one: everybody who signs up needs its mail.
inline constexpr std::string_view mail_sender = "email-confirmation";

} // namespace edm::app
