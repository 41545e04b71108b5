#include "fixture.hpp"

namespace edm::delivery_tests {

namespace {

using ::testing::IsEmpty;

/// `ledger.count` is called `ledger.tally` one day.
class renaming : public ::testing::Test
{
  protected:
    renaming()
    {
        after = before;
        after.subscriptions[0].name = "ledger.tally";
        after.subscriptions[0].formerly = {"ledger.count"};
    }
    result<raw_change> handle(const loaded& document, const void* event, const received& how,
                              std::span<const loaded> reads)
    {
        if (refuse && text_of(event) == "!")
            return fail(refused);
        return append(document, event, how, reads);
    }

    world w;
    bool refuse = true;
    declarations before =
        shop_and_ledger([this](const loaded& document, const void* event, const received& how,
                               std::span<const loaded> reads) { return handle(document, event, how, reads); });
    declarations after;
};

TEST_F(renaming, ItGoesOnWhereItStood)
{
    {
        process p(w, before);
        p.order("a", "1");
        p.order("a", "2");
        p.order("b", "!");
    }
    refuse = false;
    process p(w, after);
    EXPECT_EQ(p.value("ledger", "a"), "1\n2\n") << "neither the log nor a baseline is applied again";
    EXPECT_EQ(p.mark("ledger.tally", "a"), (sequence{1, 2}));
    p.order("a", "3");
    p.order("b", "4");
    p.pass(1min);
    EXPECT_EQ(p.value("ledger", "a"), "1\n2\n3\n");
    EXPECT_EQ(p.value("ledger", "b"), "!\n4\n") << "what was parked is tried again under the new name";
    EXPECT_THAT(p.parked(), IsEmpty());
    EXPECT_THAT(p.at().undeclared_subscriptions(), IsEmpty());
    auto row = p.audit("ledger.tally");
    EXPECT_EQ(std::make_tuple(row.keys, row.behind, row.lost, row.parked), std::make_tuple(2u, 0u, 0u, 0u));
}

TEST_F(renaming, ADeathAtAnyWriteOfItChangesNothing)
{
    {
        process p(w, before);
        p.order("a", "1");
        p.order("b", "!");
    }
    std::vector<death> deaths;
    {
        death_watch watch(w);
        process p(w, after);
        deaths = std::move(watch.deaths);
    }
    refuse = false;
    ASSERT_GE(deaths.size(), 4u);
    for (const auto& one : deaths) {
        world next(one.disks, one.when);
        process p(next, after);
        p.order("a", "2");
        p.pass(1min);
        EXPECT_EQ(p.value("ledger", "a"), "1\n2\n");
        EXPECT_EQ(p.value("ledger", "b"), "!\n");
        EXPECT_THAT(p.parked(), IsEmpty());
        EXPECT_THAT(p.at().undeclared_subscriptions(), IsEmpty());
    }
}

TEST_F(renaming, ANameThatIsDeclaredStillIsNoFormerOne)
{
    after.subscriptions.push_back(before.subscriptions[0]);
    EXPECT_THROW(process(w, after), std::runtime_error);
}

} // namespace

} // namespace edm::delivery_tests
