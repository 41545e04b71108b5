// The purchase protocol under any order of its steps.

#include "decisions.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <utility>
#include <vector>

namespace edm::purchasing {
namespace {

const moment noon{time_point{milliseconds{1'800'000'000'000}}, &random_source::system()};
const offer on_sale{.price = {490}};

order wanted(std::optional<std::string> key = {})
{
    return {.user_id = "ana@example.com",
            .recipe_id = "borscht",
            .encr_info = "card",
            .expected_price = {},
            .idempotency_key = std::move(key)};
}

// Whatever comes in whatever order: numbers rise, of each attempt one request and then at most one status is told, and
// a card is kept only while its provider is asked.
TEST(Protocol, HoldsInAnyOrderOfSteps)
{
    EXPECT_TRUE(rc::check("any order of steps", [] {
        std::optional<payment> now;
        std::int64_t last_request = 0, last_status = 0;
        const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
            rc::gen::pair(rc::gen::inRange(0, 9), rc::gen::inRange(1, 4)));
        for (const auto& [step, number] : steps) {
            begun out;
            const auto decided = [&]() -> payment_change {
                switch (step) {
                case 0:
                    return begin_attempt(now, wanted(), on_sale, noon, out);
                case 1:
                    return begin_attempt(now, wanted("k"), on_sale, noon, out);
                case 2:
                    return claim(now, number);
                case 3:
                    return accept(now, number);
                case 4:
                    return refuse(now, number, true);
                case 5:
                    return refuse(now, number, false);
                default:
                    return take_status(now, number, *contracts::to_payment_status(step - 5), "", noon);
                }
            }();
            if (!decided)
                continue;
            const auto before = now;
            if (decided->value())
                now = *decided->value();
            for (const auto& event : decided->raw().events) {
                contracts::purchase_status_changed told;
                decode_into(told, event.data, {.lenient = true});
                auto& last = event.topic == "recipe-purchase-requested" ? last_request : last_status;
                RC_ASSERT(told.attempt > last);
                last = told.attempt;
                RC_ASSERT(last_status <= last_request);
            }
            if (!now)
                continue;
            if (before)
                RC_ASSERT(now->last >= before->last);
            std::size_t live = 0;
            for (const auto& one : now->attempts) {
                RC_ASSERT(one.number <= now->last);
                RC_ASSERT(one.encr_info.has_value() == (one.stage == stage::calling));
                live += one.stage <= stage::paid ? 1 : 0;
            }
            RC_ASSERT(live <= 1u);
        }
    }));
}

} // namespace
} // namespace edm::purchasing
