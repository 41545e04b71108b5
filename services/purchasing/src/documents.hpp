#pragma once

#include <edm/describe/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace edm::purchasing {

/// Where an attempt to buy stands. The order matters: from `requested` on the provider has accepted it.
enum class stage
{
    calling,   ///< the provider is asked; whether it accepts is not known yet
    requested, ///< the provider accepted
    paid,
    cancelled,
    failed,
};
BOOST_DESCRIBE_ENUM(stage, calling, requested, paid, cancelled, failed)

/// One attempt to buy. A refused one is erased; its number is never given again.
struct attempt
{
    std::int64_t number = 0;
    purchasing::stage stage = stage::calling;
    minor_units price;
    time_point begun_at;
    std::optional<std::string> encr_info; ///< only while `calling`
    /// A second call may have been sent by due work: from then on only the provider's kept verdict refuses it.
    bool claimed = false;
    std::optional<std::string> idempotency_key;
    std::optional<std::string> body_hash; ///< SHA-256 of the body that came with the key
    std::optional<std::string> payment_id;
    std::optional<time_point> ended_at;
    /// A final status that came after another final one (1 paid, 2 cancelled, 3 failed): paid after cancelled or failed
    /// is a payment to refund.
    std::optional<std::int64_t> later_status;
};
BOOST_DESCRIBE_STRUCT(attempt, (),
                      (number, stage, price, begun_at, encr_info, claimed, idempotency_key, body_hash, payment_id,
                       ended_at, later_status))

/// All that one user did to buy one recipe. Its id is the purchase id.
struct payment
{
    std::string user_id;
    std::string recipe_id;
    std::int64_t last = 0;         ///< the highest attempt number ever given
    std::vector<attempt> attempts; ///< by number
};
BOOST_DESCRIBE_STRUCT(payment, (), (user_id, recipe_id, last, attempts))

/// What is known of a recipe here. Its id is the recipe id.
struct offer
{
    minor_units price;
    bool for_sale = true;
};
BOOST_DESCRIBE_STRUCT(offer, (), (price, for_sale))

/// Due work: ask the payment provider about an attempt, again.
struct provider_call
{
    static constexpr std::string_view kind = "call-provider";
    std::int64_t attempt = 0;
};
BOOST_DESCRIBE_STRUCT(provider_call, (), (attempt))

} // namespace edm::purchasing
