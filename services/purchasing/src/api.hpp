#pragma once

#include <edm/describe/describe.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edm::purchasing {

struct buy_request
{
    static constexpr std::string_view description = "`encr_info` is the card, encrypted for the payment provider. With "
                                                    "`expected_price` nothing is bought for another price.";
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> examples{
        {{"recipe_id", "\"beef-rendang\""}, {"encr_info", "\"gAAAAABn…\""}, {"expected_price", "4.90"}}};

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

struct refunds_request
{
    std::optional<text<1, 200>> after; ///< the id of the last purchase of the page before
    std::optional<whole<1, 500>> limit;
};
BOOST_DESCRIBE_STRUCT(refunds_request, (), (after, limit))

/// An attempt that ended without the recipe, and was paid afterwards.
struct payment_to_refund
{
    std::string purchase_id;
    std::string user_id;
    std::string recipe_id;
    std::int64_t attempt = 0;
    money price;
    std::optional<std::string> payment_id;
    std::int64_t payment_status = 0; ///< how it ended first: 2 cancelled, 3 failed
    std::int64_t later_status = 0;   ///< what came after that: 1 paid
    std::optional<time_point> ended_at;
};
BOOST_DESCRIBE_STRUCT(payment_to_refund, (),
                      (purchase_id, user_id, recipe_id, attempt, price, payment_id, payment_status, later_status,
                       ended_at))

struct refunds_reply
{
    std::vector<payment_to_refund> payments;
    std::optional<std::string> next; ///< `after` of the next page; absent on the last
};
BOOST_DESCRIBE_STRUCT(refunds_reply, (), (payments, next))

} // namespace edm::purchasing
