#include "fixture.hpp"

namespace edm::delivery_tests {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// The subscription `late.view` comes when the shop is a year old.
declarations with_late(handler handle = append, bool from_now = false)
{
    auto d = shop_and_ledger();
    d.services.push_back("late");
    d.databases.push_back({.service = "late", .name = "view", .id = 0, .indexes = {}, .description = {}});
    d.subscriptions.push_back(subscription("late.view", "ordered", std::move(handle)));
    d.subscriptions.back().from_now = from_now;
    return d;
}

void erase(process& p, std::string key)
{
    call c;
    ASSERT_TRUE(p.await(p.at().update(c, "shop", 0, key, [](const loaded&, const moment&) -> result<raw_change> {
        return raw_change{.value = erase_value{}};
    })));
    p.run();
}

task<> order_live(process& p, call& c, int n)
{
    auto text = "live" + std::to_string(n);
    raw_decision decide = [&](const loaded&, const moment&) -> result<raw_change> {
        return raw_change{.value = text, .events = {{"ordered", "\"" + text + "\""}}};
    };
    auto done = co_await p.at().update(c, "shop", 0, "a", decide);
    EXPECT_TRUE(done);
}

class baseline : public ::testing::Test
{
  protected:
    baseline()
    {
        process p(w, before);
        p.order("a", "1");
        p.order("a", "2");
        p.order("b", "1");
        p.order("gone", "1");
        erase(p, "gone");
        call c;
        p.await(p.at().update(c, "shop", 0, "silent", [](const loaded&, const moment&) -> result<raw_change> {
            return raw_change{.value = "never published"};
        }));
    }
    world w;
    declarations before = shop_and_ledger();
};

TEST_F(baseline, ALateSubscriptionStartsComplete)
{
    auto d = with_late();
    process p(w, d);
    EXPECT_EQ(p.value("late", "a"), "2\n") << "one event per document: its present state";
    EXPECT_EQ(p.value("late", "b"), "1\n");
    EXPECT_EQ(p.value("late", "gone"), "(none)");
    EXPECT_EQ(p.value("late", "silent"), "(none)");
    EXPECT_EQ(p.mark("late.view", "a"), (sequence{1, 2}));
    EXPECT_EQ(p.mark("late.view", "gone"), (sequence{1, 1})) << "an erased document sends its mark alone";
    EXPECT_EQ(p.mark("late.view", "silent"), sequence{});
    EXPECT_EQ(p.value("ledger", "a"), "1\n2\n") << "nobody else is sent the baseline";
    p.order("a", "3");
    p.order("gone", "back");
    EXPECT_EQ(p.value("late", "a"), "2\n3\n");
    EXPECT_EQ(p.value("late", "gone"), "back\n");
    auto row = p.audit("late.view");
    EXPECT_EQ(std::make_tuple(row.keys, row.behind, row.lost, row.parked), std::make_tuple(3u, 0u, 0u, 0u));
}

TEST_F(baseline, WhatItHasNotBroughtYetIsBehindAndNotLost)
{
    auto d = with_late();
    process p(w, d);
    // As in the middle of the pass: asked for, and this document not reached.
    w.engine.disk("late").documents.at({0, "a"}).marks.clear();
    ASSERT_TRUE(p.await(p.of("late").note_now("baseline/late.view", 1)));
    auto row = p.audit("late.view");
    EXPECT_EQ(std::make_tuple(row.keys, row.behind, row.lost), std::make_tuple(3u, 2u, 0u));
    ASSERT_TRUE(p.await(p.of("late").note_now("baseline/late.view", std::nullopt)));
    row = p.audit("late.view");
    EXPECT_EQ(std::make_tuple(row.keys, row.behind, row.lost), std::make_tuple(3u, 0u, 2u));
}

TEST_F(baseline, ItIsMadeOnce)
{
    auto d = with_late();
    {
        process p(w, d);
    }
    process p(w, d);
    EXPECT_EQ(p.value("late", "a"), "2\n");
    EXPECT_EQ(p.at().counted().duplicates, 0u);
}

TEST_F(baseline, FromNowTakesTheMarksWithoutTheHandler)
{
    int handled = 0;
    auto d = with_late(
        [&](const loaded& document, const void* event, const received& how, std::span<const loaded> reads) {
            ++handled;
            return append(document, event, how, reads);
        },
        true);
    process p(w, d);
    EXPECT_EQ(handled, 0);
    EXPECT_EQ(p.value("late", "a"), "(none)");
    EXPECT_EQ(p.mark("late.view", "a"), (sequence{1, 2}));
    p.order("a", "3");
    p.order("new", "1");
    EXPECT_EQ(p.value("late", "a"), "3\n");
    EXPECT_EQ(p.value("late", "new"), "1\n");
    EXPECT_EQ(handled, 2);
}

TEST_F(baseline, ADeathAtAnyWriteOfThePassLeavesItComplete)
{
    auto d = with_late();
    std::vector<death> deaths;
    {
        death_watch watch(w);
        process p(w, d);
        deaths = std::move(watch.deaths);
    }
    ASSERT_GE(deaths.size(), 7u);
    for (std::size_t n = 0; n != deaths.size(); ++n) {
        world next(deaths[n].disks, deaths[n].when);
        process p(next, d);
        EXPECT_EQ(p.value("late", "a"), "2\n") << "killed after write " << n + 1;
        EXPECT_EQ(p.value("late", "b"), "1\n") << "killed after write " << n + 1;
        EXPECT_EQ(p.mark("late.view", "gone"), (sequence{1, 1})) << "killed after write " << n + 1;
        p.order("a", "3");
        EXPECT_EQ(p.value("late", "a"), "2\n3\n") << "killed after write " << n + 1;
        p.pass(10s);
        auto row = p.audit("late.view");
        EXPECT_EQ(std::make_tuple(row.behind, row.lost, row.parked), std::make_tuple(0u, 0u, 0u))
            << "killed after write " << n + 1;
    }
}

TEST_F(baseline, MoreDocumentsThanAPage)
{
    {
        process p(w, before);
        for (int i = 0; i != 450; ++i)
            p.order(fmt::format("d{:03}", i), "x");
    }
    auto d = with_late();
    process p(w, d);
    p.drain();
    auto row = p.audit("late.view");
    EXPECT_EQ(std::make_tuple(row.keys, row.behind, row.lost), std::make_tuple(453u, 0u, 0u));
    EXPECT_EQ(p.value("late", "d449"), "x\n");
}

TEST_F(baseline, EventsBetweenItsPagesEndRight)
{
    // While the pass is under way the shop goes on: before each write of the late service a customer orders.
    auto d = with_late();
    int orders = 0;
    std::unique_ptr<process> p;
    call c;
    w.engine.faults->after = [&](std::uint64_t) {
        if (!p || orders == 5)
            return;
        ++orders;
        spawn(order_live(*p, c, orders));
    };
    p = std::make_unique<process>(w, d);
    p->order("b", "2");
    p->pass(10s);
    p->drain();
    EXPECT_EQ(orders, 5);
    EXPECT_EQ(p->mark("late.view", "a"), (sequence{1, 7}));
    auto view = p->value("late", "a");
    EXPECT_TRUE(view.ends_with("live5\n")) << view;
    EXPECT_THAT(p->parked("late"), IsEmpty());
    w.engine.faults->after = {};
}

TEST_F(baseline, APublisherThatIsAwayIsAskedAgain)
{
    auto d = with_late();
    bool failing = true;
    for (auto& t : d.topics)
        t.event_of = [&, before = t.event_of](const loaded& document) {
            if (failing)
                throw std::runtime_error("away");
            return before(document);
        };
    process p(w, d);
    EXPECT_EQ(p.value("late", "a"), "(none)");
    failing = false;
    p.pass(5s);
    EXPECT_EQ(p.value("late", "a"), "2\n");
}

TEST_F(baseline, ABaselineThatFailsIsParkedAsABaseline)
{
    bool refuse = true;
    auto d = with_late([&](const loaded& document, const void* event, const received& how,
                           std::span<const loaded> reads) -> result<raw_change> {
        if (refuse)
            return fail(refused);
        return append(document, event, how, reads);
    });
    process p(w, d);
    auto waiting = p.parked("late");
    ASSERT_EQ(waiting.size(), 2u);
    EXPECT_TRUE(waiting[0].baseline);
    auto row = p.audit("late.view");
    EXPECT_EQ(std::make_tuple(row.behind, row.lost, row.parked), std::make_tuple(0u, 0u, 2u))
        << "a parked baseline stands for everything up to its sequence";
    refuse = false;
    p.pass(1min);
    EXPECT_EQ(p.value("late", "a"), "2\n");
    EXPECT_EQ(p.mark("late.view", "a"), (sequence{1, 2}));
}

TEST_F(baseline, RebuildingAppliesThePresentStateAgain)
{
    auto d = with_late();
    process p(w, d);
    ASSERT_TRUE(p.await(p.at().rebuild("late.view")));
    p.run();
    EXPECT_EQ(p.value("late", "a"), "2\n2\n");
    EXPECT_EQ(p.mark("late.view", "a"), (sequence{1, 2})) << "marks never go back";
    p.order("a", "3");
    EXPECT_EQ(p.value("late", "a"), "2\n2\n3\n");
    EXPECT_EQ(p.value("ledger", "a"), "1\n2\n3\n");
    EXPECT_EQ(p.await(p.at().rebuild("nobody.here")).error().kind, &errors::not_found);
}

TEST_F(baseline, ARebuildThatFailsSaysSo)
{
    auto d = with_late();
    bool failing = false;
    for (auto& t : d.topics)
        t.event_of = [&, before = t.event_of](const loaded& document) {
            if (failing)
                throw std::runtime_error("the publisher is away");
            return before(document);
        };
    process p(w, d);
    failing = true;
    EXPECT_EQ(p.await(p.at().rebuild("late.view")).error().kind, &errors::store_away);
    failing = false;
}

TEST_F(baseline, AfterARestoreOfThePublisherKeysGoOnInTheNewEpoch)
{
    auto d = with_late();
    {
        process p(w, d);
        p.order("a", "3");
        p.order("a", "lost by the restore");
    }
    // The backup knew three events of `a`; its epoch is raised when it comes back.
    auto& disk = w.engine.disk("shop");
    disk.epoch = 1'800'000'000;
    auto& document = disk.documents.at({0, "a"});
    document.value = "3";
    document.envelope.counters[0].counter = 3;
    process p(w, d);
    p.pass(10s);
    EXPECT_EQ(p.mark("late.view", "a"), (sequence{1'800'000'000, 3}));
    p.order("a", "4");
    p.order("fresh", "1");
    p.pass(10s);
    EXPECT_TRUE(p.value("late", "a").ends_with("3\n4\n")) << p.value("late", "a");
    EXPECT_EQ(p.mark("late.view", "a"), (sequence{1'800'000'000, 4}));
    EXPECT_EQ(p.value("late", "fresh"), "1\n");
    EXPECT_THAT(p.parked("late"), IsEmpty());
}

TEST_F(baseline, WhatIsNoLongerDeclaredCanBeDropped)
{
    auto d = with_late([](const loaded&, const void*, const received&, std::span<const loaded>) -> result<raw_change> {
        return fail(refused);
    });
    {
        process p(w, d);
        EXPECT_THAT(p.at().undeclared_subscriptions(), IsEmpty());
        EXPECT_FALSE(p.await(p.at().drop_subscription("late.view"))) << "it is declared";
    }
    d.subscriptions.pop_back();
    process p(w, d);
    EXPECT_THAT(p.at().undeclared_subscriptions(),
                ElementsAre(std::pair<std::string, std::string>{"late", "late.view"}));
    EXPECT_EQ(p.parked("late").size(), 2u);
    ASSERT_TRUE(p.await(p.at().drop_subscription("late.view")));
    EXPECT_THAT(p.parked("late"), IsEmpty());
    EXPECT_THAT(p.at().undeclared_subscriptions(), IsEmpty());
    for (const auto& [name, value] : p.of("late").notes())
        EXPECT_EQ(name.find("late.view"), std::string::npos) << name;
    EXPECT_FALSE(p.await(p.at().drop_subscription("late.view")));
}

TEST_F(baseline, ASubscriptionToATopicWithoutPublisherIsRefused)
{
    auto d = with_late();
    d.topics.clear();
    EXPECT_THROW(process(w, d), std::runtime_error);
}

} // namespace

} // namespace edm::delivery_tests
