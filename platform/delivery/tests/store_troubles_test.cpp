#include "fixture.hpp"

namespace edm::delivery_tests {

namespace {

using ::testing::IsEmpty;

/// A subscriber's store that is away, or does not say what became of a commit.
class store_troubles : public ::testing::Test
{
  protected:
    world w;
    int handled = 0;
    declarations d = shop_and_ledger([this](const loaded& document, const void* event, const received& how,
                                            std::span<const loaded> reads) -> result<raw_change> {
        ++handled;
        return append(document, event, how, reads);
    });
    process p{w, d};
};

TEST_F(store_troubles, AnUnknownOutcomeIsLookedUpNotRepeated)
{
    p.order("a", "1");
    // The commit is made and its answer lost: the mark says so, and the handler does not run again.
    bool lost = false;
    w.engine.faults->before = [&](std::uint64_t) -> std::optional<store_failure> {
        auto& disk = w.engine.disk("ledger");
        auto at = disk.documents.find({0, "a"});
        if (handled == 2 && !lost) {
            lost = true;
            at->second.value = "1\n2\n";
            at->second.marks[{"ledger.count", "a"}] = {1, 2};
            ++at->second.revision;
            return store_failure::unknown;
        }
        return {};
    };
    int heard = 0;
    auto watching = p.at().watch("ledger", 0, "a", [&] { ++heard; });
    p.order("a", "2");
    p.pass(5s);
    EXPECT_EQ(p.value("ledger", "a"), "1\n2\n");
    EXPECT_EQ(handled, 2);
    EXPECT_EQ(heard, 1) << "the commit itself told nobody";
    EXPECT_THAT(p.parked(), IsEmpty());
}

TEST_F(store_troubles, AStoreThatIsAwayIsNoFailureOfTheEvent)
{
    p.order("a", "1");
    bool away = true;
    w.engine.faults->before = [&](std::uint64_t) -> std::optional<store_failure> {
        if (away && handled >= 2)
            return store_failure::away;
        return {};
    };
    p.order("a", "2");
    p.pass(10min);
    EXPECT_EQ(p.value("ledger", "a"), "1\n");
    away = false;
    p.pass(5s);
    EXPECT_EQ(p.value("ledger", "a"), "1\n2\n");
    EXPECT_EQ(p.at().counted().retried, 0u) << "nothing counts as an attempt";
    EXPECT_EQ(p.at().counted().parked, 0u);
}

TEST_F(store_troubles, AStoreThatCannotEvenBeReadIsWaitedFor)
{
    w.engine.faults->away = true;
    EXPECT_EQ(p.order("a", "1").error().kind, &errors::store_away);
    p.pass(1min);
    w.engine.faults->away = false;
    EXPECT_TRUE(p.order("a", "1"));
    EXPECT_EQ(p.value("ledger", "a"), "1\n");
    EXPECT_EQ(p.at().counted().retried, 0u);
}

} // namespace

} // namespace edm::delivery_tests
