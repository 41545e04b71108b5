// Buying: commit 1, the call to the provider, commit 2; and the webhook that may come before any of them ends.

#include "errors.hpp"
#include "purchasing.hpp"

#include <edm/contracts/ids.hpp>
#include <edm/core/text.hpp>

#include <chrono>
#include <utility>

namespace edm::purchasing {

using namespace std::chrono_literals;

namespace {

constexpr milliseconds call_limit = 5s;

struct payment_info
{
    std::string encr_info;
};
BOOST_DESCRIBE_STRUCT(payment_info, (), (encr_info))

/// What the payment provider's `POST /create-checkout/{recipe_id}` takes.
struct checkout_order
{
    payment_info payment_encr_info;
    std::string api_key;
    money amount;
};
BOOST_DESCRIBE_STRUCT(checkout_order, (), (payment_encr_info, api_key, amount))

} // namespace

task<result<buy_reply>> purchasing::buy(call& by, buy_request request)
{
    const auto id = contracts::purchase_id(by.user_id(), request.recipe_id.str());
    order wanted{.user_id = by.user_id(),
                 .recipe_id = request.recipe_id.str(),
                 .encr_info = request.encr_info.str(),
                 .expected_price = {},
                 .idempotency_key = {}};
    if (request.expected_price)
        wanted.expected_price = request.expected_price->minor;
    if (request.idempotency_key)
        wanted.idempotency_key = request.idempotency_key->str();

    const auto on_offer = co_await offers_.get(wanted.recipe_id);
    if (!on_offer)
        co_return fail(on_offer.error());
    begun attempt;
    const auto decide = [&](std::optional<payment> before, const moment& at) {
        return begin_attempt(std::move(before), wanted, *on_offer, at, attempt);
    };
    auto begun = co_await payments_.update_and_include(by, id, decide);
    if (!begun)
        co_return fail(std::move(begun.error()));
    buy_reply reply{wanted.recipe_id, id, attempt.attempt};
    if (attempt.repeated)
        co_return reply;

    const auto outcome =
        co_await call_provider(by, id, attempt.attempt, wanted.recipe_id, attempt.price, std::move(wanted.encr_info));
    const auto now = co_await settle(by, id, attempt.attempt, outcome.said);
    // What the document says now decides: a webhook or due work may have been faster than the answer.
    if (!now || !*now)
        co_return fail(errc::outcome_unknown);
    const auto* stands = find_attempt(**now, attempt.attempt);
    if (!stands)
        co_return outcome.reached ? fail(errc::payment_refused) : fail(failure{errc::provider_away}.retry_after(5));
    if (stands->stage == stage::calling)
        co_return fail(errc::outcome_unknown);
    co_return reply;
}

task<called> purchasing::call_provider(call& by, std::string purchase_id, std::int64_t number, std::string recipe_id,
                                       minor_units price, std::string encr_info) const
{
    auto base = provider_url_.is_set() ? *provider_url_ : from_.public_url;
    while (base.ends_with('/'))
        base.pop_back();
    const auto url = base + "/create-checkout/" + percent_encode(recipe_id);
    std::vector<std::pair<std::string, std::string>> headers{{"Content-Type", "application/json"},
                                                             {"Idempotency-Key", checkout_id(purchase_id, number)}};
    if (by.trace().valid())
        headers.emplace_back("traceparent", by.trace().traceparent());
    auto body = encode(checkout_order{{std::move(encr_info)}, *api_key_, static_cast<money>(price)});
    const auto answer = co_await from_.http->post(url, std::move(headers), std::move(body), call_limit);
    if (answer)
        co_return called{verdict_of(answer->status)};
    // Nothing was sent where there was no connection: a no to this call, like a definite 4xx.
    if (answer.error() == http_problem::refused)
        co_return called{verdict::turned_away, false};
    co_return called{verdict::unknown};
}

task<result<std::optional<payment>>> purchasing::settle(call& by, std::string purchase_id, std::int64_t number,
                                                        verdict said) const
{
    const auto decide = [&](std::optional<payment> before, const moment&) -> payment_change {
        switch (said) {
        case verdict::accepted:
            return accept(std::move(before), number);
        case verdict::refused:
            return refuse(std::move(before), number, true);
        case verdict::turned_away:
            return refuse(std::move(before), number, false);
        case verdict::unknown:
            break;
        }
        return change<payment>::keep();
    };
    co_return co_await payments_.update_and_include(by, std::move(purchase_id), decide);
}

task<result<nothing>> purchasing::call_provider_again(call& by, due<provider_call> work)
{
    const auto number = work.payload.attempt;
    // From this commit on a second call may have been sent, and whoever made the first one has to know.
    const auto claim_it = [&](std::optional<payment> before, const moment&) {
        return claim(std::move(before), number);
    };
    auto claimed = co_await payments_.update(by, work.document, claim_it);
    if (!claimed)
        co_return fail(std::move(claimed.error()));
    const auto* one = *claimed ? find_attempt(**claimed, number) : nullptr;
    if (!one || one->stage != stage::calling)
        co_return nothing{};

    const auto outcome = co_await call_provider(by, work.document, number, (*claimed)->recipe_id, one->price,
                                                one->encr_info.value_or(std::string{}));
    const auto now = co_await settle(by, work.document, number, outcome.said);
    if (!now)
        co_return fail(now.error());
    const auto* stands = *now ? find_attempt(**now, number) : nullptr;
    if (stands && stands->stage == stage::calling)
        co_return fail(errc::no_verdict);
    co_return nothing{};
}

task<result<nothing>> purchasing::take_webhook(call& by, webhook_request request)
{
    const auto which = parse_checkout_id(request.checkout_id.str());
    if (!which)
        co_return fail(errc::checkout_not_found);
    const auto status =
        contracts::to_payment_status(request.payment_status).value_or(contracts::payment_status::pending);
    const auto decide = [&](std::optional<payment> before, const moment& at) {
        return take_status(std::move(before), which->attempt, status, request.payment_id.str(), at);
    };
    auto stored = co_await payments_.update(by, which->purchase_id, decide);
    if (!stored)
        co_return fail(std::move(stored.error()));
    co_return nothing{};
}

} // namespace edm::purchasing
