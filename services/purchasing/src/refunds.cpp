// What the administrator has to give back.

#include "purchasing.hpp"

#include <utility>

namespace edm::purchasing {

namespace {

constexpr std::int64_t default_page = 100;

} // namespace

task<result<refunds_reply>> purchasing::list_refunds(call&, refunds_request request)
{
    const auto limit = static_cast<std::size_t>(request.limit ? request.limit->value : default_page);
    auto page =
        co_await payments_.find("to-refund", "yes", request.after ? request.after->value : std::string{}, limit);
    if (!page)
        co_return fail(std::move(page.error()));
    refunds_reply out;
    for (const auto& [id, of] : page->documents)
        for (const auto& one : of.attempts)
            if (to_refund(one))
                out.payments.push_back({.purchase_id = id,
                                        .user_id = of.user_id,
                                        .recipe_id = of.recipe_id,
                                        .attempt = one.number,
                                        .price = static_cast<money>(one.price),
                                        .payment_id = one.payment_id,
                                        .payment_status = contracts::to_number(status_of(one.stage)),
                                        .later_status = one.later_status.value_or(0),
                                        .ended_at = one.ended_at});
    if (!page->next.empty())
        out.next = std::move(page->next);
    co_return out;
}

} // namespace edm::purchasing
