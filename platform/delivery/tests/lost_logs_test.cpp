#include "fixture.hpp"

namespace edm::delivery_tests {

namespace {

/// A shop whose three orders the ledger has taken, stopped in order.
class lost_logs : public ::testing::Test
{
  protected:
    lost_logs()
    {
        process p(w, d);
        p.order("a", "1");
        p.order("a", "2");
        p.order("b", "1");
        p.drain();
    }
    void lose_the_file()
    {
        auto& disk = w.engine.disk("shop");
        disk.documents.clear();
        disk.events.clear();
        disk.notes.clear();
        disk.last_position = 0;
    }
    world w;
    declarations d = shop_and_ledger();
};

TEST_F(lost_logs, AFileThatIsGoneBeginsANewEpoch)
{
    lose_the_file();
    process p(w, d);
    EXPECT_EQ(p.of("shop").epoch(), static_cast<std::uint32_t>(w.clock.now().time_since_epoch().count() / 1000));
    p.order("a", "again");
    p.pass(10s);
    EXPECT_EQ(p.value("ledger", "a"), "1\n2\nagain\n") << "its counter starts again, and is no repeat";
    EXPECT_EQ(p.mark("ledger.count", "a"), (sequence{p.of("shop").epoch(), 1}));
    EXPECT_EQ(p.audit().lost, 0u);
}

TEST_F(lost_logs, AnOlderCopyBeginsANewEpochAndKeepsItsCounters)
{
    auto& disk = w.engine.disk("shop");
    disk.documents.at({0, "a"}).value = "1";
    disk.documents.at({0, "a"}).envelope.counters[0].counter = 1;
    disk.documents.erase({0, "b"});
    disk.events.clear();
    disk.last_position = 1;
    process p(w, d);
    p.order("a", "other");
    p.order("b", "other");
    p.pass(10s);
    EXPECT_TRUE(p.value("ledger", "a").ends_with("other\n")) << p.value("ledger", "a");
    EXPECT_TRUE(p.value("ledger", "b").ends_with("other\n")) << p.value("ledger", "b");
    EXPECT_EQ(p.audit().lost, 0u);
    EXPECT_EQ(p.parked().size(), 0u);
}

TEST_F(lost_logs, TwoOfThemDiffer)
{
    lose_the_file();
    std::uint32_t first = 0;
    {
        process p(w, d);
        first = p.of("shop").epoch();
        p.order("a", "again");
        p.drain();
    }
    lose_the_file(); // the fake's epoch stays, as a later copy's would
    process p(w, d);
    EXPECT_GT(p.of("shop").epoch(), first);
}

TEST_F(lost_logs, WhatIsWholeKeepsItsEpoch)
{
    process p(w, d);
    EXPECT_EQ(p.of("shop").epoch(), 1u);
    p.order("a", "3");
    EXPECT_EQ(p.value("ledger", "a"), "1\n2\n3\n");
}

} // namespace

} // namespace edm::delivery_tests
