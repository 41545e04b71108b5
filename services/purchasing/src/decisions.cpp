#include "decisions.hpp"

#include "api.hpp"
#include "errors.hpp"

#include <edm/core/text.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace edm::purchasing {

namespace {

/// No attempt that ended is ever forgotten, for its payment may still turn out paid; so their number is bounded.
constexpr std::size_t most_attempts = 100;
/// What a client that keeps trying is told to wait, in seconds: a day.
constexpr int most_patience = 86'400;

std::string item_of(std::int64_t number)
{
    return fmt::format("call-{}", number);
}

std::string hash_of(const order& wanted)
{
    auto canonical = wanted.encr_info;
    if (wanted.expected_price)
        canonical += fmt::format("\n{}", *wanted.expected_price);
    return to_hex(sha256(canonical));
}

bool live(const attempt& one)
{
    return one.stage <= stage::paid;
}

attempt* find(std::optional<payment>& in, std::int64_t number)
{
    return in ? const_cast<attempt*>(find_attempt(*in, number)) : nullptr;
}

attempt* find_calling(std::optional<payment>& in, std::int64_t number)
{
    auto* one = find(in, number);
    return one && one->stage == stage::calling ? one : nullptr;
}

stage stage_of(contracts::payment_status s)
{
    switch (s) {
    case contracts::payment_status::paid:
        return stage::paid;
    case contracts::payment_status::cancelled:
        return stage::cancelled;
    case contracts::payment_status::failed:
        return stage::failed;
    case contracts::payment_status::pending:
        break;
    }
    return stage::requested;
}

contracts::recipe_purchase_requested requested_event(const payment& of, const attempt& one)
{
    return {of.user_id, of.recipe_id, one.number};
}

contracts::purchase_status_changed status_event(const payment& of, const attempt& one)
{
    return {of.user_id, of.recipe_id, one.number, contracts::to_number(status_of(one.stage)),
            to_rfc3339(one.ended_at.value_or(one.begun_at))};
}

/// The call is over: the card goes, and so does the due work (`.done()` in the same commit).
void leave_calling(attempt& one)
{
    one.stage = stage::requested;
    one.encr_info.reset();
    one.claimed = false;
}

/// Why a request whose key is known cannot be answered like the first one with it.
std::optional<failure> trouble_with(const attempt& one, const order& wanted)
{
    if (one.body_hash != hash_of(wanted))
        return failure{errc::key_reused};
    if (one.stage == stage::calling)
        return failure{errc::in_progress}.retry_after(1);
    return {};
}

} // namespace

const attempt* find_attempt(const payment& of, std::int64_t number)
{
    const auto at = std::ranges::find(of.attempts, number, &attempt::number);
    return at == of.attempts.end() ? nullptr : &*at;
}

payment_change begin_attempt(std::optional<payment> before, const order& wanted, const std::optional<offer>& on_offer,
                             const moment& at, begun& out)
{
    out = {};
    if (before && wanted.idempotency_key) {
        const auto known = std::ranges::find(before->attempts, wanted.idempotency_key, &attempt::idempotency_key);
        if (known != before->attempts.end()) {
            if (auto why = trouble_with(*known, wanted))
                return fail(std::move(*why));
            out = {.repeated = true, .attempt = known->number, .price = known->price};
            return change<payment>::keep();
        }
    }
    if (before && !before->attempts.empty() && live(before->attempts.back()))
        return fail(before->attempts.back().stage == stage::paid ? errc::already_purchased : errc::already_requested);
    if (!on_offer || !on_offer->for_sale)
        return fail(errc::recipe_not_found);
    if (wanted.expected_price && *wanted.expected_price != on_offer->price.value)
        return fail(failure{errc::price_changed}.with_data(encode(price_now{static_cast<money>(on_offer->price)})));

    payment now =
        before ? std::move(*before) : payment{.user_id = wanted.user_id, .recipe_id = wanted.recipe_id, .attempts = {}};
    if (now.attempts.size() >= most_attempts)
        return fail(failure{errc::too_many_attempts}.retry_after(most_patience));
    attempt fresh{.number = ++now.last, .price = on_offer->price, .begun_at = at.now, .encr_info = wanted.encr_info};
    if (wanted.idempotency_key) {
        fresh.idempotency_key = wanted.idempotency_key;
        fresh.body_hash = hash_of(wanted);
    }
    out = {.repeated = false, .attempt = fresh.number, .price = fresh.price};
    now.attempts.push_back(std::move(fresh));
    change<payment> decided{std::move(now)};
    decided.mine(item_of(out.attempt), provider_call::kind, provider_call{out.attempt}, at.now);
    return decided;
}

payment_change claim(std::optional<payment> before, std::int64_t number)
{
    auto* one = find_calling(before, number);
    if (!one || one->claimed)
        return change<payment>::keep();
    one->claimed = true;
    return change<payment>{std::move(*before)};
}

payment_change accept(std::optional<payment> before, std::int64_t number)
{
    auto* one = find_calling(before, number);
    if (!one)
        return change<payment>::keep();
    leave_calling(*one);
    const auto event = requested_event(*before, *one);
    change<payment> decided{std::move(*before)};
    decided.publish(event).done(item_of(number));
    return decided;
}

payment_change refuse(std::optional<payment> before, std::int64_t number, bool kept_verdict)
{
    auto* one = find_calling(before, number);
    if (!one || (one->claimed && !kept_verdict))
        return change<payment>::keep();
    std::erase_if(before->attempts, [number](const attempt& a) { return a.number == number; });
    change<payment> decided{std::move(*before)};
    decided.done(item_of(number));
    return decided;
}

payment_change take_status(std::optional<payment> before, std::int64_t number, contracts::payment_status status,
                           std::string_view payment_id, const moment& at)
{
    auto* one = find(before, number);
    if (!one)
        return fail(errc::checkout_not_found);
    const bool overtook = one->stage == stage::calling;
    if (!overtook && !contracts::is_final(status))
        return change<payment>::keep();
    if (one->stage > stage::requested) {
        // The first final status stands. That money came after all is never forgotten again.
        const bool told = status_of(one->stage) == status || one->later_status == contracts::to_number(status);
        const bool settled = one->later_status == contracts::to_number(contracts::payment_status::paid);
        if (told || settled)
            return change<payment>::keep();
        one->later_status = contracts::to_number(status);
        return change<payment>{std::move(*before)};
    }

    if (overtook)
        leave_calling(*one);
    if (!payment_id.empty())
        one->payment_id = payment_id;
    if (contracts::is_final(status)) {
        one->stage = stage_of(status);
        one->ended_at = at.now;
    }
    const attempt told = *one;
    change<payment> decided{std::move(*before)};
    if (overtook)
        decided.publish(requested_event(*decided.value(), told)).done(item_of(number));
    if (contracts::is_final(status))
        decided.publish(status_event(*decided.value(), told));
    return decided;
}

std::optional<contracts::recipe_purchase_requested> present_request(const payment& of)
{
    for (auto one = of.attempts.rbegin(); one != of.attempts.rend(); ++one)
        if (one->stage >= stage::requested)
            return requested_event(of, *one);
    return {};
}

std::optional<contracts::purchase_status_changed> present_status(const payment& of)
{
    for (auto one = of.attempts.rbegin(); one != of.attempts.rend(); ++one)
        if (one->stage > stage::requested)
            return status_event(of, *one);
    return {};
}

bool to_refund(const attempt& one)
{
    return (one.stage == stage::cancelled || one.stage == stage::failed) &&
           one.later_status == contracts::to_number(contracts::payment_status::paid);
}

bool has_refunds(const payment& of)
{
    return std::ranges::any_of(of.attempts, to_refund);
}

contracts::payment_status status_of(stage s)
{
    switch (s) {
    case stage::paid:
        return contracts::payment_status::paid;
    case stage::cancelled:
        return contracts::payment_status::cancelled;
    case stage::failed:
        return contracts::payment_status::failed;
    case stage::calling:
    case stage::requested:
        break;
    }
    return contracts::payment_status::pending;
}

std::string checkout_id(std::string_view purchase_id, std::int64_t attempt)
{
    return fmt::format("{}.{}", purchase_id, attempt);
}

std::optional<checkout> parse_checkout_id(std::string_view id)
{
    const auto dot = id.rfind('.');
    if (dot == std::string_view::npos || dot == 0)
        return {};
    const auto digits = id.substr(dot + 1);
    checkout out{.purchase_id = std::string{id.substr(0, dot)}};
    const auto [stop, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), out.attempt);
    if (problem != std::errc{} || stop != digits.data() + digits.size() || digits.front() == '0' || out.attempt < 1)
        return {};
    return out;
}

verdict verdict_of(int http_status)
{
    if (http_status == 201)
        return verdict::accepted;
    if (http_status == 400)
        return verdict::refused;
    // These ask to come again, they do not say no.
    if (http_status == 408 || http_status == 409 || http_status == 425 || http_status == 429)
        return verdict::unknown;
    return http_status >= 400 && http_status < 500 ? verdict::turned_away : verdict::unknown;
}

} // namespace edm::purchasing
