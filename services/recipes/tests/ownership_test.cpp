// What a user bought, in whatever order events come.

#include "ownership.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <variant>

namespace edm::recipes {
namespace {

using requested = contracts::recipe_purchase_requested;
using answered = contracts::purchase_status_changed;

requested request(std::int64_t attempt)
{
    return {"ana@example.com", "tea", attempt};
}
answered answer(std::int64_t attempt, std::int64_t status)
{
    return {"ana@example.com", "tea", attempt, status, "2026-01-15T00:00:00.000Z"};
}

TEST(Ownership, FollowsAPurchase)
{
    user_recipes of;
    EXPECT_EQ(status_of(of, "tea"), availability::available);
    EXPECT_TRUE(take(of, request(1)));
    EXPECT_EQ(status_of(of, "tea"), availability::requested);
    EXPECT_EQ(status_of(of, "coffee"), availability::available);
    EXPECT_TRUE(take(of, answer(1, 3)));
    EXPECT_EQ(status_of(of, "tea"), availability::available);
    EXPECT_TRUE(take(of, request(2)));
    EXPECT_TRUE(take(of, answer(2, 1)));
    EXPECT_EQ(status_of(of, "tea"), availability::purchased);
}

TEST(Ownership, AStatusImpliesItsRequest)
{
    user_recipes of;
    EXPECT_TRUE(take(of, answer(1, 1)));
    EXPECT_EQ(status_of(of, "tea"), availability::purchased);
    EXPECT_FALSE(take(of, request(1)));
    EXPECT_FALSE(take(of, answer(1, 1)));
    EXPECT_EQ(status_of(of, "tea"), availability::purchased);
}

TEST(Ownership, ALateStatusOfAnEarlierAttemptDoesNotEndTheLaterOne)
{
    user_recipes of;
    take(of, request(1));
    take(of, request(2));
    EXPECT_TRUE(take(of, answer(1, 2)));
    EXPECT_EQ(status_of(of, "tea"), availability::requested);
}

TEST(Ownership, AStatusThatIsNotFinalOrUnknownEndsNothing)
{
    user_recipes of;
    EXPECT_TRUE(take(of, answer(1, 0)));
    EXPECT_EQ(status_of(of, "tea"), availability::requested);
    EXPECT_FALSE(take(of, answer(1, 0)));
    EXPECT_FALSE(take(of, answer(1, 9)));
    EXPECT_TRUE(take(of, answer(1, 1)));
}

// Within each topic order is promised, between the two none: any interleaving, with repeats, ends the same.
TEST(Ownership, AnyInterleavingOfTheTwoTopicsEndsTheSame)
{
    EXPECT_TRUE(rc::check("interleavings", [] {
        const auto attempts = *rc::gen::inRange<std::int64_t>(1, 6);
        const bool paid = *rc::gen::arbitrary<bool>();
        std::vector<requested> requests;
        std::vector<answered> answers;
        user_recipes in_order;
        for (std::int64_t n = 1; n <= attempts; ++n) {
            requests.push_back(request(n));
            answers.push_back(answer(n, n == attempts && paid ? 1 : 3));
            take(in_order, requests.back());
            take(in_order, answers.back());
        }
        user_recipes mixed;
        std::size_t r = 0, a = 0;
        while (r != requests.size() || a != answers.size()) {
            const bool next_is_request = a == answers.size() || (r != requests.size() && *rc::gen::arbitrary<bool>());
            if (next_is_request)
                take(mixed, requests[r++]);
            else
                take(mixed, answers[a++]);
            if (a != 0 && *rc::gen::arbitrary<bool>())
                RC_ASSERT(!take(mixed, answers[a - 1]));
        }
        RC_ASSERT(encode(mixed) == encode(in_order));
    }));
}

} // namespace
} // namespace edm::recipes
