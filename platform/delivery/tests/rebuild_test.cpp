#include "fixture.hpp"

namespace edm::delivery_tests {

namespace {

using ::testing::IsEmpty;

/// `ledger.count`, rebuilt from what the shop has.
class rebuilding : public ::testing::Test
{
  protected:
    world w;
    bool refuse = false;
    declarations d = shop_and_ledger([this](const loaded& document, const void* event, const received& how,
                                            std::span<const loaded> reads) -> result<raw_change> {
        if (refuse)
            return fail(refused);
        return append(document, event, how, reads);
    });
};

TEST_F(rebuilding, AnEventThatFailsIsParkedAndTriedAgain)
{
    process p(w, d);
    p.order("a", "1");
    p.order("a", "2");
    refuse = true;
    ASSERT_TRUE(p.await(p.at().rebuild("ledger.count")));
    p.run();
    ASSERT_EQ(p.parked().size(), 1u);
    EXPECT_TRUE(p.parked()[0].rebuild);
    EXPECT_EQ(p.parked()[0].attempts, 1);
    refuse = false;
    p.pass(5s);
    EXPECT_EQ(p.value("ledger", "a"), "1\n2\n2\n") << "the present state again, at its own mark";
    EXPECT_EQ(p.mark("ledger.count", "a"), (sequence{1, 2}));
    EXPECT_THAT(p.parked(), IsEmpty());
}

TEST_F(rebuilding, AnEventThatGoesOnFailingIsADeadLetterThatAnOperatorSees)
{
    process p(w, d);
    p.order("a", "1");
    refuse = true;
    ASSERT_TRUE(p.await(p.at().rebuild("ledger.count")));
    p.pass(1h);
    ASSERT_EQ(p.await(p.at().dead_letters("ledger.count")).size(), 1u);
    EXPECT_EQ(p.audit().dead, 1u);
    EXPECT_EQ(p.audit().lost, 0u);
    refuse = false;
    ASSERT_TRUE(p.await(p.at().retry("ledger.count", "a")));
    p.run();
    EXPECT_EQ(p.value("ledger", "a"), "1\n1\n");
    EXPECT_THAT(p.parked(), IsEmpty());

    refuse = true;
    ASSERT_TRUE(p.await(p.at().rebuild("ledger.count")));
    p.pass(1h);
    ASSERT_TRUE(p.await(p.at().discard("ledger.count", "a")));
    EXPECT_THAT(p.parked(), IsEmpty());
    EXPECT_EQ(p.mark("ledger.count", "a"), (sequence{1, 1}));
}

TEST_F(rebuilding, WhatTheNextEventOvertakesIsVoid)
{
    process p(w, d);
    p.order("a", "1");
    refuse = true;
    ASSERT_TRUE(p.await(p.at().rebuild("ledger.count")));
    p.run();
    refuse = false;
    p.order("a", "2");
    EXPECT_EQ(p.value("ledger", "a"), "1\n2\n") << "the later event is not held up, and does not wait";
    p.pass(1min);
    EXPECT_EQ(p.value("ledger", "a"), "1\n2\n");
    EXPECT_THAT(p.parked(), IsEmpty());
}

TEST_F(rebuilding, WhoeverIsGivenItsEventsAppliesThemAtTheirMarks)
{
    process p(w, d);
    p.order("a", "1");
    auto comes = [&](bool rebuild) { // asked for by a process that shares the store
        event e{.id = "i",
                .source = "/edm/shop/ordered/a",
                .type = "edm.ordered.v1",
                .subject = "a",
                .sequence = {1, 1},
                .baseline = true,
                .rebuild = rebuild,
                .time = "2026-01-15T00:00:00.000Z",
                .traceparent = {},
                .data = "\"now\""};
        std::vector<event_ptr> one{
            std::make_shared<recorded_event>(recorded_event{"ordered", "a", {1, 1}, true, encode_event(e)})};
        spawn(p.line().send_to("ledger.count", std::move(one)));
        p.run();
        return p.value("ledger", "a");
    };
    EXPECT_EQ(comes(false), "1\n");
    EXPECT_EQ(comes(true), "1\nnow\n");
    EXPECT_EQ(p.mark("ledger.count", "a"), (sequence{1, 1}));
}

TEST_F(rebuilding, ItSurvivesADeath)
{
    std::vector<death> deaths;
    {
        process p(w, d);
        p.order("a", "1");
        refuse = true;
        death_watch watch(w);
        ASSERT_TRUE(p.await(p.at().rebuild("ledger.count")));
        p.run();
        deaths = std::move(watch.deaths);
    }
    refuse = false;
    ASSERT_GE(deaths.size(), 2u);
    for (const auto& one : deaths) {
        world next(one.disks, one.when);
        process p(next, d);
        p.pass(10s);
        EXPECT_TRUE(p.value("ledger", "a").starts_with("1\n1\n")) << p.value("ledger", "a");
        EXPECT_THAT(p.parked(), IsEmpty());
    }
}

/// `late.total` changes one document whatever the key is, on a store that keeps marks in documents.
class erased : public ::testing::Test
{
  protected:
    erased()
    {
        before = shop_and_ledger();
        d = before;
        d.services.push_back("late");
        d.databases.push_back({.service = "late", .name = "total", .id = 0, .indexes = {}, .description = {}});
        d.subscriptions.push_back(subscription("late.total", "ordered", append));
        d.subscriptions.back().document_is_key = false;
        d.subscriptions.back().document_of = [](const void*, std::string_view) { return std::string{"all"}; };
        process p(w, before);
        p.order("gone", "1");
        p.order("gone", "2");
        call c;
        EXPECT_TRUE(p.await(p.at().update(c, "shop", 0, "gone", [](const loaded&, const moment&) -> result<raw_change> {
            return raw_change{.value = erase_value{}};
        })));
    }
    world w;
    declarations before, d;
};

TEST_F(erased, TheEventsOfAnErasedKeyGoOnInAnyDocument)
{
    process p(w, d);
    EXPECT_EQ(p.value("late", "all"), "(none)");
    p.order("gone", "back");
    EXPECT_EQ(p.value("late", "all"), "back\n") << "its mark lies where no event tells of it";
    p.order("gone", "again");
    p.order("new", "x");
    EXPECT_EQ(p.value("late", "all"), "back\nagain\nx\n");
    EXPECT_THAT(p.parked("late"), IsEmpty());
    auto row = p.audit("late.total");
    EXPECT_EQ(std::make_tuple(row.behind, row.lost, row.parked), std::make_tuple(0u, 0u, 0u));
}

TEST_F(erased, WhatTheBaselineStoodForIsADuplicate)
{
    process p(w, d);
    event e{.id = "i",
            .source = "/edm/shop/ordered/gone",
            .type = "edm.ordered.v1",
            .subject = "gone",
            .sequence = {1, 1},
            .baseline = false,
            .time = "2026-01-15T00:00:00.000Z",
            .traceparent = {},
            .data = "\"1\""};
    std::vector<event_ptr> late{
        std::make_shared<recorded_event>(recorded_event{"ordered", "gone", {1, 1}, false, encode_event(e)})};
    spawn(p.line().send_to("late.total", std::move(late)));
    p.run();
    EXPECT_EQ(p.value("late", "all"), "(none)");
    EXPECT_EQ(p.at().counted().duplicates, 1u);
}

} // namespace

} // namespace edm::delivery_tests
