#include "crypto.hpp"
#include "payment_provider.hpp"
#include "verdict.hpp"

#include <chrono>
#include <utility>

namespace edm::payment_provider {

using namespace std::chrono_literals;

namespace {

constexpr milliseconds webhook_limit = 15s;

} // namespace

task<std::optional<http_answer>> payment_provider::send_webhook(call& c, const checkout& about, std::string checkout_id,
                                                                std::int64_t payment_status) const
{
    const auto body = encode(webhook_body{about.recipe_id, about.payment_id.value_or(std::string{}), payment_status});
    auto headers =
        signed_headers(webhook_secret_.value(), webhook_id(about, payment_status), with_.environment.now(), body);
    if (c.trace().valid())
        headers.emplace_back("traceparent", c.trace().traceparent());
    const auto url = with_.public_url + "/payment-webhook/" + percent_encode(checkout_id);
    auto answer = co_await with_.http->post(url, std::move(headers), body, webhook_limit);
    if (!answer)
        co_return std::nullopt;
    co_return std::move(*answer);
}

task<result<nothing>> payment_provider::notify(call& c, due<notice> work)
{
    const auto found = co_await checkouts_.get(work.document);
    if (!found)
        co_return fail(found.error());
    if (!*found)
        co_return nothing{};
    const auto answer = co_await send_webhook(c, **found, work.document, work.payload.payment_status);

    // Each try is an item of its own: this commit clears the one that was done, and writes the next where it failed.
    const bool taken = answer && answer->status >= 200 && answer->status < 300;
    const auto asked_to_wait = answer ? retry_after_of(*answer) : 0ms;
    const auto settle = [&](std::optional<checkout> before, const moment& now) -> result<change<checkout>> {
        if (!before)
            return change<checkout>::keep().done(work.item);
        if (taken) {
            if (work.payload.payment_status != status::pending && !before->notified_at)
                before->notified_at = now.now;
            return change<checkout>{std::move(*before)}.done(work.item);
        }
        auto next = work.payload;
        ++next.tries;
        const auto delay = retry_delay(next.tries, with_.development, asked_to_wait, *now.random);
        return change<checkout>::keep().done(work.item).later(item_of(next), "notify", next, now.now + delay);
    };
    const auto settled = co_await checkouts_.update(c, work.document, settle);
    if (!settled)
        co_return fail(settled.error());
    co_return nothing{};
}

} // namespace edm::payment_provider
