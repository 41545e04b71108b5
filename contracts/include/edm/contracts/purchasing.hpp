#pragma once

#include <edm/describe/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace edm::contracts {

/// How a payment stands, as the number that the payment provider's webhook and our events carry.
enum class payment_status : std::int64_t
{
    pending = 0,
    paid = 1,
    cancelled = 2,
    failed = 3,
};

/// None where the number means no status that this program knows.
constexpr std::optional<payment_status> to_payment_status(std::int64_t number) noexcept
{
    if (number < static_cast<std::int64_t>(payment_status::pending) ||
        number > static_cast<std::int64_t>(payment_status::failed))
        return {};
    return static_cast<payment_status>(number);
}
constexpr std::int64_t to_number(payment_status status) noexcept
{
    return static_cast<std::int64_t>(status);
}
/// Whether a payment that stands like this will not change any more.
constexpr bool is_final(payment_status status) noexcept
{
    return status != payment_status::pending;
}

/// The payment provider accepted an attempt to buy. Key: the purchase id (`purchase_id()`).
struct recipe_purchase_requested
{
    static constexpr std::string_view topic = "recipe-purchase-requested";
    std::string user_id;
    std::string recipe_id;
    std::int64_t attempt = 0; ///< from 1; rises with every new attempt of this user at this recipe
};
BOOST_DESCRIBE_STRUCT(recipe_purchase_requested, (), (user_id, recipe_id, attempt))

/// An attempt got its status. It implies that the attempt was requested. Key: the purchase id (`purchase_id()`).
struct purchase_status_changed
{
    static constexpr std::string_view topic = "purchase-status-changed";
    std::string user_id;
    std::string recipe_id;
    std::int64_t attempt = 0;
    std::int64_t payment_status = 0; ///< a `contracts::payment_status` by number; read with `to_payment_status`
    std::string when;                ///< RFC 3339
};
BOOST_DESCRIBE_STRUCT(purchase_status_changed, (), (user_id, recipe_id, attempt, payment_status, when))

} // namespace edm::contracts
