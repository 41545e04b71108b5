#include "fixture.hpp"

namespace edm::delivery_tests {

namespace {

constexpr std::uint32_t later_epoch = 1'800'000'000;

class auditing : public ::testing::Test
{
  protected:
    using stored_document = testing::document_disk::stored_document;

    /// A key that was published up to `published`, and applied up to `mark` (none: never).
    void key(const std::string& id, sequence published, sequence mark)
    {
        stored_document order{.revision = 1, .value = "v"};
        order.envelope.counters = {{"ordered", published.epoch, published.counter}};
        w.engine.disk("shop").documents[{0, id}] = std::move(order);
        if (mark == sequence{})
            return;
        stored_document account{.revision = 1, .value = "v"};
        account.marks[{"ledger.count", id}] = mark;
        w.engine.disk("ledger").documents[{0, id}] = std::move(account);
    }
    void park(std::string id, sequence s, std::int64_t next_at, bool baseline = false)
    {
        parked_event e{.subscription = "ledger.count", .key = id, .sequence = s, .baseline = baseline};
        e.next_at = next_at;
        e.event = std::make_shared<recorded_event>(recorded_event{"ordered", id, s, baseline, "{}"});
        w.engine.disk("ledger").parked[{"ledger.count", id, s}] = e;
    }
    static constexpr std::int64_t never = INT64_MAX;
    auto counts()
    {
        auto row = p.audit();
        return std::make_tuple(row.keys, row.behind, row.lost, row.parked, row.dead);
    }
    static auto expected(std::uint64_t keys, std::uint64_t behind, std::uint64_t lost, std::uint64_t parked,
                         std::uint64_t dead)
    {
        return std::make_tuple(keys, behind, lost, parked, dead);
    }

    world w;
    declarations d = shop_and_ledger();
    process p{w, d};
};

TEST_F(auditing, MoreKeysThanAreReadAtOnce)
{
    constexpr int many = 11'003;
    for (int i = 0; i != many; ++i)
        key(fmt::format("k{:05}", i), {1, 2}, {1, 2});
    EXPECT_EQ(counts(), expected(many, 0, 0, 0, 0));
    key("k00000", {1, 2}, {1, 1});
    key("k04999", {1, 3}, {1, 1});
    key("k05000", {1, 2}, {1, 1});
    park("k05000", {1, 2}, never);
    key("k09999", {1, 4}, {1, 2});
    park("k09999", {1, 4}, -1);
    w.engine.disk("ledger").documents.at({0, "k11002"}).marks.clear();
    park("zz-unknown", {1, 1}, never);
    EXPECT_EQ(counts(), expected(many, 0, 1 + 2 + 0 + 1 + 2, 3, 1));
}

TEST_F(auditing, AParkedBaselineHidesNoLossAboveIt)
{
    key("a", {1, 6}, {1, 2});
    park("a", {1, 3}, never);
    park("a", {1, 5}, never, true);
    EXPECT_EQ(counts(), expected(1, 0, 1, 2, 0)) << "the sixth; what is parked below the baseline counts once";
    park("a", {1, 6}, never);
    EXPECT_EQ(counts(), expected(1, 0, 0, 3, 0));
}

TEST_F(auditing, ALaterEpochOfTheSubscriberIsNotBehind)
{
    w.engine.disk("shop").epoch = later_epoch;
    key("a", {1, 3}, {later_epoch, 3}); // baselined after a restore; no event since
    EXPECT_EQ(counts(), expected(1, 0, 0, 0, 0));
}

TEST_F(auditing, AMarkOfAnEarlierEpochAccountsForNoEventOfALaterOne)
{
    w.engine.disk("shop").epoch = later_epoch;
    key("a", {later_epoch, 4}, {1, 9}); // the restore forgot five events that were applied; the fourth is another one
    EXPECT_EQ(counts(), expected(1, 0, 1, 0, 0));
    park("a", {1, 4}, never);
    EXPECT_EQ(std::get<2>(counts()), 1u) << "of the earlier epoch, and void";
    park("a", {later_epoch, 4}, never);
    EXPECT_EQ(counts(), expected(1, 0, 0, 1, 0));
}

TEST_F(auditing, DeadLettersOfAnEarlierEpochAreNotCounted)
{
    w.engine.disk("shop").epoch = later_epoch;
    key("a", {1, 3}, {});
    park("a", {1, 1}, -1);
    park("a", {later_epoch, 3}, -1, true);
    EXPECT_EQ(counts(), expected(1, 0, 0, 1, 1));
}

} // namespace

} // namespace edm::delivery_tests
