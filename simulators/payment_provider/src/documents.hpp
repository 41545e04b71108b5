#pragma once

#include <edm/service/service.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace edm::payment_provider {

/// A payment's status on the wire, as the shop's webhook takes it.
namespace status {
inline constexpr std::int64_t pending = 0;
inline constexpr std::int64_t paid = 1;
inline constexpr std::int64_t cancelled = 2;
inline constexpr std::int64_t failed = 3;
} // namespace status

/// Document of `checkout`: the verdict, and for an accepted one how its payment ends. What the card leads to is decided
/// at once and told later, so the ledger needs no commit of its own at that moment. Card data is not kept.
struct checkout
{
    std::string recipe_id;
    bool accepted = false;
    std::optional<std::string> reason;
    std::optional<std::string> payment_id;
    std::optional<minor_units> amount;
    std::int64_t installments = 0;
    std::int64_t final_status = status::pending;
    time_point created_at;
    time_point settles_at; ///< from here on the payment has its final status
    std::optional<time_point> notified_at;
};
BOOST_DESCRIBE_STRUCT(checkout, (),
                      (recipe_id, accepted, reason, payment_id, amount, installments, final_status, created_at,
                       settles_at, notified_at))

/// Due work `notify`: one webhook that has to reach the shop.
struct notice
{
    std::string name; ///< of the webhook among those of its checkout
    std::int64_t payment_status = 0;
    std::int64_t tries = 0; ///< so far
};
BOOST_DESCRIBE_STRUCT(notice, (), (name, payment_status, tries))

} // namespace edm::payment_provider
