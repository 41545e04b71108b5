// Two processes that share the documents: what one applies, the other learns of by looking.

#include "fixture.hpp"

namespace edm::delivery_tests {

namespace {

struct two_processes : ::testing::Test
{
    static task<> note_wait(delivery& d, sequence s, std::optional<bool>& outcome)
    {
        outcome = co_await d.wait_applied("ledger", "ordered", "a", s, 1s);
    }

    world w;
    declarations d = shop_and_ledger();
    process one{w, d, {}, false}, other{w, d, {}, false};
};

TEST_F(two_processes, AWaitSeesWhatTheOtherApplied)
{
    std::optional<bool> outcome;
    one.context().post([&] { spawn(note_wait(one.at(), {1, 1}, outcome)); });
    one.pass(100ms);
    EXPECT_FALSE(outcome.has_value());
    other.order("a", "1");
    ASSERT_EQ(other.mark("ledger.count", "a"), (sequence{1, 1}));
    one.pass(25ms);
    EXPECT_EQ(outcome, true);
}

TEST_F(two_processes, AWaitForWhatNobodyAppliesEndsAtItsLimit)
{
    other.order("a", "1");
    auto before = w.clock.now();
    EXPECT_FALSE(one.await(one.at().wait_applied("ledger", "ordered", "a", {1, 2}, 110ms)));
    EXPECT_EQ(w.clock.now() - before, 110ms);
    EXPECT_TRUE(one.await(one.at().wait_applied("ledger", "ordered", "a", {1, 1}, 110ms)));
}

TEST_F(two_processes, WhatThisOneAppliesEndsAWaitAtOnce)
{
    std::optional<bool> outcome;
    one.context().post([&] { spawn(note_wait(one.at(), {1, 1}, outcome)); });
    one.pass(30ms);
    one.order("a", "1");
    EXPECT_EQ(outcome, true);
    one.pass(1s); // the wait's own timer finds nobody
}

} // namespace

} // namespace edm::delivery_tests
