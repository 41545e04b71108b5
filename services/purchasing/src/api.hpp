#pragma once

#include <edm/describe/describe.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace edm::purchasing {

struct buy_request
{
    static constexpr std::string_view description = "`encr_info` is the card, encrypted for the payment provider. With "
                                                    "`expected_price` nothing is bought for another price.";
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 2> examples{
        {{"encr_info", "\"gAAAAABn…\""}, {"expected_price", "4.90"}}};

    text<1, 200> recipe_id;                      ///< path
    std::optional<text<1, 255>> idempotency_key; ///< header
    text<1, 8192> encr_info;                     ///< Fernet token that only the payment provider can open
    std::optional<money> expected_price;
};
BOOST_DESCRIBE_STRUCT(buy_request, (), (recipe_id, idempotency_key, encr_info, expected_price))

struct buy_reply
{
    std::string recipe_id;
    std::string purchase_id;
    std::int64_t attempt = 0;
};
BOOST_DESCRIBE_STRUCT(buy_reply, (), (recipe_id, purchase_id, attempt))

/// `details.data` of `price_changed`.
struct price_now
{
    money price;
};
BOOST_DESCRIBE_STRUCT(price_now, (), (price))

struct webhook_request
{
    static constexpr std::string_view description = "`payment_status`: 0 pending, 1 paid, 2 cancelled, 3 failed. The "
                                                    "checkout in the path says which purchase it is.";
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> examples{
        {{"recipe_id", "\"spaghetti-alla-carbonara\""}, {"payment_id", "\"pay_01\""}, {"payment_status", "1"}}};

    text<1, 200> checkout_id; ///< path: `<purchase id>.<attempt>`
    text<0, 200> recipe_id;
    text<0, 200> payment_id;
    whole<0, 3> payment_status;
};
BOOST_DESCRIBE_STRUCT(webhook_request, (), (checkout_id, recipe_id, payment_id, payment_status))

} // namespace edm::purchasing
