#pragma once

#include "documents.hpp"

#include <edm/contracts/purchasing.hpp>
#include <edm/service/registry.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The pure functions of this service: the purchase protocol, what becomes of a payment.
//
//     (none) --begin_attempt--> calling --accept--> requested --take_status--> paid | cancelled | failed
//     calling --refuse--> (none)                    calling --take_status--> any of them
//
// A purchase is live while its newest attempt is calling, requested or paid: then no other begins.

namespace edm::purchasing {

using payment_change = result<change<payment>>;

/// What a buyer asks for.
struct order
{
    std::string user_id;
    std::string recipe_id;
    std::string encr_info;
    std::optional<std::int64_t> expected_price; ///< minor units
    std::optional<std::string> idempotency_key;
};

/// What `begin_attempt` decided beside the change.
struct begun
{
    bool repeated = false; ///< the same request was accepted before: there is nothing to call
    std::int64_t attempt = 0;
    minor_units price;
};

/// Commit 1: a new attempt, `calling`, with its due work, held by the caller. Fails where there is a live one, nothing
/// is for sale, or the price is another.
payment_change begin_attempt(std::optional<payment> before, const order& wanted, const std::optional<offer>& on_offer,
                             const moment& at, begun& out);

/// Due work is about to call again. Keeps what is not `calling` any more.
payment_change claim(std::optional<payment> before, std::int64_t number);
/// Commit 2: the provider accepted. Keeps what is not `calling` any more.
payment_change accept(std::optional<payment> before, std::int64_t number);
/// The provider refused: the attempt goes. Without its `kept_verdict` only while no second call can have been sent.
payment_change refuse(std::optional<payment> before, std::int64_t number, bool kept_verdict);
/// A webhook told a status: that of an attempt still `calling` proves that it was accepted. Fails where there is no
/// such attempt.
payment_change take_status(std::optional<payment> before, std::int64_t number, contracts::payment_status status,
                           std::string_view payment_id, const moment& at);

/// The attempt of that number; null where there is none, or it was refused.
const attempt* find_attempt(const payment& of, std::int64_t number);

/// The present events of a payment: of the newest attempt that has one.
std::optional<contracts::recipe_purchase_requested> present_request(const payment& of);
std::optional<contracts::purchase_status_changed> present_status(const payment& of);

/// Whether money came for an attempt that had ended without it: somebody has to give it back.
bool to_refund(const attempt& one);
bool has_refunds(const payment& of);
/// How an attempt stands, as the provider and our events number it.
contracts::payment_status status_of(stage s);

/// Which attempt a checkout of the provider is: `<purchase id>.<attempt>`.
struct checkout
{
    std::string purchase_id;
    std::int64_t attempt = 0;
};
std::string checkout_id(std::string_view purchase_id, std::int64_t attempt);
std::optional<checkout> parse_checkout_id(std::string_view id);

/// How a call to the provider ended.
enum class verdict
{
    accepted,
    refused,     ///< its kept verdict: the same for every call
    turned_away, ///< a definite no to this call (or no connection), which tells nothing of others
    unknown,
};
verdict verdict_of(int http_status);

} // namespace edm::purchasing
