#include "fixture.hpp"

namespace edm::delivery_tests {

namespace {

/// `ledger.count` refuses while `refuse` says so.
declarations refusing(const bool& refuse)
{
    return shop_and_ledger([&refuse](const loaded& document, const void* event, const received& how,
                                     std::span<const loaded> reads) -> result<raw_change> {
        if (refuse)
            return fail(edm::delivery_tests::refused);
        return append(document, event, how, reads);
    });
}

/// The subscription comes new to a shop that has one order of two events, and the pass finds the publisher away at
/// first: so the third event, live and of the same sequence as the baseline, comes after the baseline was parked.
TEST(gaps, AParkedBaselineStaysOne)
{
    world w;
    auto before = shop_and_ledger();
    before.subscriptions.clear();
    {
        process p(w, before);
        p.order("a", "1");
        p.order("a", "2");
    }
    bool refuse = true, away = true;
    auto d = refusing(refuse);
    d.topics.front().event_of = [&, present = d.topics.front().event_of](const loaded& document) {
        if (away)
            throw std::runtime_error("away");
        return present(document);
    };
    process p(w, d);
    p.line().pause("ledger.count");
    p.order("a", "3");
    away = false;
    p.pass(1100ms);
    ASSERT_EQ(p.parked().size(), 1u);
    ASSERT_TRUE(p.parked().front().baseline);
    p.line().resume("ledger.count");
    p.run();
    ASSERT_EQ(p.parked().size(), 1u);
    EXPECT_TRUE(p.parked().front().baseline) << "the live event of its sequence is a gap, and says less";
    refuse = false;
    p.pass(10min);
    EXPECT_EQ(p.value("ledger", "a"), "3\n");
    EXPECT_EQ(p.audit().lost, 0u);
    EXPECT_EQ(p.parked().size(), 0u);
}

TEST(gaps, WaitLongerEachTimeBehindADeadLetter)
{
    world w;
    bool refuse = true;
    auto d = refusing(refuse);
    process p(w, d, {.attempts = 1});
    p.order("a", "1");
    p.order("a", "2");
    ASSERT_EQ(p.parked().size(), 2u);
    ASSERT_EQ(p.audit().dead, 1u);
    auto since = p.parked().back().parked_at;
    int writes = 0;
    w.engine.faults->after = [&](std::uint64_t) { ++writes; };
    p.pass(1h);
    w.engine.faults->after = {};
    EXPECT_LE(writes, 30) << "looking at a gap is no work without end";
    EXPECT_EQ(p.parked().back().parked_at, since) << "an operator sees since when it waits";

    refuse = false;
    ASSERT_TRUE(p.await(p.at().retry("ledger.count", "a")));
    p.run();
    EXPECT_EQ(p.value("ledger", "a"), "1\n2\n") << "what waits behind it follows at once";
    EXPECT_EQ(p.parked().size(), 0u);
}

TEST(gaps, ARetrySaysSinceWhenItWaits)
{
    world w;
    bool refuse = true;
    auto d = refusing(refuse);
    process p(w, d);
    p.order("a", "1");
    auto first = p.parked().front();
    p.pass(5s);
    auto later = p.parked().front();
    EXPECT_GT(later.attempts, first.attempts);
    EXPECT_EQ(later.parked_at, first.parked_at);
}

} // namespace

} // namespace edm::delivery_tests
