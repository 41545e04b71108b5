#include "verdict.hpp"

#include "test_cards.hpp"

#include <chrono>

namespace edm::payment_provider {

using namespace std::chrono_literals;

namespace {

constexpr milliseconds lateness = 3s;

verdict refused(const order& o, std::string why, const moment& now)
{
    checkout document;
    document.recipe_id = o.recipe_id;
    document.amount = o.amount;
    document.reason = std::move(why);
    document.final_status = status::failed;
    document.created_at = document.settles_at = now.now;
    return {std::move(document), {}};
}

} // namespace

verdict judge(const order& o, const delay_range& delay, bool development, const moment& now)
{
    if (!o.paid_with)
        return refused(o, o.paid_with.error(), now);
    if (auto why = problem(*o.paid_with, now.now))
        return refused(o, std::move(*why), now);
    const auto& fate = outcome_of(digits_of(*o.paid_with));
    if (fate.refused_at_once)
        return refused(o, std::string{fate.reason}, now);

    verdict out;
    auto& document = out.document;
    document.recipe_id = o.recipe_id;
    document.accepted = true;
    if (!fate.reason.empty())
        document.reason = fate.reason;
    document.payment_id = now.id();
    document.amount = o.amount;
    document.installments = o.paid_with->number_installments ? o.paid_with->number_installments->value : 12;
    document.final_status = fate.final_status;
    document.created_at = now.now;

    const auto first = now.now + pick(delay, *now.random);
    document.settles_at = fate.late ? now.now + delay.longest + lateness : first;
    if (fate.late)
        out.notices.push_back({{"pending", status::pending}, first});
    if (fate.lost_once) // as if the first try had gone out and nothing had come back
        out.notices.push_back(
            {{"final", fate.final_status, 1}, document.settles_at + retry_delay(1, development, 0ms, *now.random)});
    else
        out.notices.push_back({{"final", fate.final_status}, document.settles_at});
    if (fate.sent_twice)
        out.notices.push_back({{"final-again", fate.final_status}, document.settles_at});
    return out;
}

std::string item_of(const notice& n)
{
    return fmt::format("{}.{}", n.name, n.tries);
}

std::string webhook_id(const checkout& c, std::int64_t payment_status)
{
    return fmt::format("msg_{}_{}", c.payment_id.value_or("none"), payment_status);
}

} // namespace edm::payment_provider
