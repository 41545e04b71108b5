#include "fixture.hpp"

namespace edm::delivery_tests {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct waiting : ::testing::Test
{
    /// Publishes without running the subscription.
    void order_only(std::string key, std::string value)
    {
        call c;
        ASSERT_TRUE(p.await(p.at().update(c, "shop", 0, key, [&](const loaded&, const moment&) -> result<raw_change> {
            return raw_change{.value = value, .events = {{"ordered", "\"" + value + "\""}}};
        })));
    }
    bool waited(sequence s, milliseconds limit = 1s, std::string_view service = "ledger", std::string topic = "ordered")
    {
        return p.await(p.at().wait_applied(service, std::move(topic), "a", s, limit));
    }
    static task<> note_wait(delivery& d, sequence s, std::optional<bool>& outcome)
    {
        outcome = co_await d.wait_applied("ledger", "ordered", "a", s, 1s);
    }

    world w;
    declarations d = shop_and_ledger();
    process p{w, d};
};

TEST_F(waiting, WhatIsAppliedIsNotWaitedFor)
{
    p.order("a", "1");
    auto before = w.clock.now();
    EXPECT_TRUE(waited({1, 1}));
    EXPECT_EQ(w.clock.now(), before);
}

TEST_F(waiting, AWaitEndsWhenTheEventIsApplied)
{
    std::optional<bool> first, second;
    p.context().post([&] { spawn(note_wait(p.at(), {1, 1}, first)); });
    p.context().post([&] { spawn(note_wait(p.at(), {1, 2}, second)); });
    p.run();
    EXPECT_FALSE(first.has_value());
    auto before = w.clock.now();
    p.order("a", "1");
    EXPECT_EQ(first, true);
    EXPECT_FALSE(second.has_value()) << "a later sequence is waited for still";
    p.order("b", "1");
    EXPECT_FALSE(second.has_value());
    p.order("a", "2");
    EXPECT_EQ(second, true);
    EXPECT_EQ(w.clock.now(), before);
}

TEST_F(waiting, WhoWatchesTheDocumentHasHeardOnceTheWaitEnds)
{
    int heard = 0;
    p.order("a", "1");
    auto handle = p.at().watch("ledger", 0, "a", [&] { ++heard; });
    EXPECT_TRUE(waited({1, 1}));
    EXPECT_EQ(heard, 1) << "also where the mark was there already, and perhaps nobody has told of it yet";
}

TEST_F(waiting, ALaterEventEndsTheWaitToo)
{
    std::optional<bool> outcome;
    p.order("a", "1");
    p.context().post([&] { spawn(note_wait(p.at(), {1, 2}, outcome)); });
    p.run();
    p.order("a", "2");
    p.order("a", "3");
    EXPECT_EQ(outcome, true);
}

TEST_F(waiting, AWaitEndsAtItsLimit)
{
    auto before = w.clock.now();
    EXPECT_FALSE(waited({1, 1}, 700ms));
    EXPECT_EQ(w.clock.now() - before, 700ms);
    p.order("a", "1");
    EXPECT_TRUE(waited({1, 1})) << "a wait that ended leaves nothing behind";
}

TEST_F(waiting, WithoutASubscriptionThereIsNothingToWaitFor)
{
    EXPECT_TRUE(waited({1, 99}, 1s, "shop"));
    EXPECT_TRUE(waited({1, 99}, 1s, "ledger", "other-topic"));
}

TEST(WaitingForMany, TheLimitIsOneForAllSubscriptions)
{
    auto d = shop_and_ledger();
    for (auto* name : {"ledger.second", "ledger.third"}) {
        d.subscriptions.push_back(subscription(name, "ordered", append));
        d.subscriptions.back().db = 1;
    }
    d.subscriptions.push_back(subscription("ledger.elsewhere", "ordered", append));
    d.subscriptions.back().document_is_key = false;
    d.subscriptions.back().document_of = [](const void*, std::string_view) { return std::string{"one"}; };
    world w;
    process p(w, d);
    auto before = w.clock.now();
    EXPECT_FALSE(p.await(p.at().wait_applied("ledger", "ordered", "a", {1, 1}, 900ms)));
    EXPECT_LE(w.clock.now() - before, 900ms);
    p.order("a", "1");
    EXPECT_TRUE(p.await(p.at().wait_applied("ledger", "ordered", "a", {1, 1}, 900ms)));
}

TEST_F(waiting, AWatchHearsOfItsDocumentUntilItsHandleDies)
{
    int heard = 0, any = 0;
    auto handle = p.at().watch("ledger", 0, "a", [&] { ++heard; });
    auto every = p.at().watch("ledger", 0, "", [&] { ++any; });
    p.order("a", "1");
    EXPECT_EQ(heard, 1);
    EXPECT_EQ(any, 1);
    p.order("b", "1");
    EXPECT_EQ(heard, 1);
    EXPECT_EQ(any, 2) << "the empty id stands for every document";
    handle.reset();
    p.order("a", "2");
    EXPECT_EQ(heard, 1);
    EXPECT_EQ(any, 3);
}

TEST_F(waiting, AWatchOfAllHearsWhichDocument)
{
    std::vector<std::string> heard;
    auto handle = p.at().watch_all("ledger", 0, [&](std::string_view id) { heard.emplace_back(id); });
    p.order("a", "1");
    p.order("b/c", "1");
    EXPECT_THAT(heard, ElementsAre("a", "b/c"));
}

TEST_F(waiting, AWatchHearsOfAServiceThatRunsElsewhere)
{
    int heard = 0;
    auto handle = p.at().watch("elsewhere", 0, "a", [&] { ++heard; });
    p.line().broadcast("elsewhere/0/a");
    p.line().broadcast("elsewhere/0/b");
    p.run();
    EXPECT_EQ(heard, 1);
}

TEST_F(waiting, AWatchOutlivesManyThatEnded)
{
    int heard = 0;
    auto handle = p.at().watch("ledger", 0, "a", [&] { ++heard; });
    for (int i = 0; i != 5'000; ++i) // each of another document: such names are swept now and then
        (void)p.at().watch("ledger", 0, std::to_string(i), [] { FAIL(); });
    p.order("a", "1");
    p.order("4999", "1");
    EXPECT_EQ(heard, 1);
}

TEST_F(waiting, WithoutALimitItOnlyAsks)
{
    EXPECT_FALSE(waited({1, 1}, 0ms));
    p.order("a", "1");
    EXPECT_TRUE(waited({1, 1}, 0ms));
}

TEST_F(waiting, AWatchOfAStrangeIdHearsIt)
{
    int heard = 0;
    auto handle = p.at().watch("ledger", 0, "a/b/c", [&] { ++heard; });
    p.order("a/b/c", "1");
    EXPECT_EQ(heard, 1);
}

TEST_F(waiting, AWatchThatWatchesFromItsOwnCall)
{
    std::vector<std::shared_ptr<void>> handles;
    int heard = 0;
    handles.push_back(
        p.at().watch("ledger", 0, "a", [&] { handles.push_back(p.at().watch("ledger", 0, "a", [&] { ++heard; })); }));
    p.order("a", "1");
    EXPECT_EQ(heard, 0);
    p.order("a", "2");
    EXPECT_EQ(heard, 1);
}

TEST_F(waiting, DrainedMeansThatAllIsAppliedOrParked)
{
    order_only("a", "1");
    order_only("b", "2");
    p.drain();
    EXPECT_EQ(p.value("ledger", "a"), "1\n");
    EXPECT_EQ(p.value("ledger", "b"), "2\n");
    p.drain();
}

TEST_F(waiting, EventsOfATopicThatNobodyTakesDoNotKeepItBusy)
{
    auto d2 = shop_and_ledger();
    d2.topics.push_back(topic("shop", "other"));
    world w2;
    process q(w2, d2);
    call c;
    q.await(q.at().update(c, "shop", 0, "a", [](const loaded&, const moment&) -> result<raw_change> {
        return raw_change{.events = {{"other", "\"x\""}}};
    }));
    q.drain();
    EXPECT_EQ(q.line().backlog("shop").events, 0u);
}

TEST_F(waiting, ACallRemembersWhatItPublishedAndCleared)
{
    call c;
    p.await(p.at().update(c, "shop", 0, "a", [](const loaded&, const moment&) -> result<raw_change> {
        return raw_change{.value = "v", .events = {{"ordered", "\"1\""}, {"ordered", "\"2\""}}, .done = {"item"}};
    }));
    ASSERT_EQ(c.published_events().size(), 1u) << "the latest of a key includes the earlier ones";
    EXPECT_EQ(c.published_events()[0].topic, "ordered");
    EXPECT_EQ(c.published_events()[0].key, "a");
    EXPECT_EQ(c.published_events()[0].sequence, (sequence{1, 2}));
    EXPECT_TRUE(c.cleared("item"));
    EXPECT_FALSE(c.cleared("other"));
}

TEST_F(waiting, OverTheBacklogLimitRequestsAreRefused)
{
    delivery limited({.declared = &d,
                      .stores = {},
                      .bus = &p.line(),
                      .contexts = {&p.context()},
                      .environment = {&w.clock, &w.random},
                      .backlog_limit = 2});
    p.line().pause("ledger.count");
    for (auto* value : {"1", "2"})
        p.order("a", value);
    EXPECT_FALSE(limited.overloaded("shop"));
    p.order("a", "3");
    w.clock.set(w.clock.now() + 50ms);
    EXPECT_TRUE(limited.overloaded("shop"));
    EXPECT_FALSE(limited.overloaded("ledger"));
    p.line().resume("ledger.count");
    p.drain();
    w.clock.set(w.clock.now() + 50ms);
    EXPECT_FALSE(limited.overloaded("shop"));
}

TEST_F(waiting, WithLittleDiskRequestsAreRefusedAndHandlersAreNot)
{
    EXPECT_FALSE(p.at().overloaded("shop"));
    w.engine.faults->short_of_room = true;
    w.clock.set(w.clock.now() + 50ms);
    EXPECT_TRUE(p.at().overloaded("shop"));
    p.order("a", "1"); // as if it had been let in just before
    EXPECT_EQ(p.value("ledger", "a"), "1\n") << "its event is applied";
    w.engine.faults->short_of_room = false;
    w.clock.set(w.clock.now() + 50ms);
    EXPECT_FALSE(p.at().overloaded("shop"));
}

TEST_F(waiting, UpdatesThatNeverGetThroughAreBusy)
{
    p.order("a", "1");
    w.engine.faults->before = [](std::uint64_t) -> std::optional<store_failure> { return store_failure::conflict; };
    auto outcome = p.order("a", "2");
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, &errors::busy);
    EXPECT_GT(outcome.error().retry_after_seconds, 0);
    w.engine.faults->before = [](std::uint64_t) -> std::optional<store_failure> { return store_failure::full; };
    EXPECT_EQ(p.order("a", "2").error().kind, &errors::store_full);
    w.engine.faults->before = [](std::uint64_t) -> std::optional<store_failure> { return store_failure::unknown; };
    EXPECT_EQ(p.order("a", "2").error().kind, &errors::outcome_unknown);
    w.engine.faults->before = {};
    EXPECT_EQ(p.value("shop", "a"), "1");
}

TEST_F(waiting, ManyUpdatesAreIndependent)
{
    p.order("b", "there");
    call c;
    int conflicts = 1;
    w.engine.faults->before = [&](std::uint64_t) -> std::optional<store_failure> {
        return conflicts-- > 0 ? std::optional{store_failure::conflict} : std::nullopt;
    };
    auto outcomes =
        p.await(p.at().update_many(c, "shop", 0, {"a", "b", "c", "d"},
                                   [](std::size_t i, const loaded& before, const moment&) -> result<raw_change> {
                                       if (i == 2)
                                           return fail(refused);
                                       if (i == 3)
                                           return raw_change{};
                                       return raw_change{.value = before.value.value_or("new") + std::to_string(i),
                                                         .events = {{"ordered", "\"x\""}}};
                                   }));
    ASSERT_EQ(outcomes.size(), 4u);
    EXPECT_EQ(outcomes[0]->value, "new0") << "a conflict is run again";
    EXPECT_EQ(outcomes[1]->value, "there1");
    EXPECT_EQ(outcomes[2].error().kind, &refused);
    EXPECT_TRUE(outcomes[3]) << "nothing to change is no failure";
    EXPECT_EQ(p.value("shop", "a"), "new0");
    EXPECT_EQ(p.value("shop", "d"), "(none)");
    EXPECT_THAT(c.published_events(), IsEmpty()) << "answers to many carry no Edm-After";
    p.drain();
    EXPECT_EQ(p.value("ledger", "a"), "x\n");
}

TEST_F(waiting, AnErasedDocumentGoesOnCounting)
{
    p.order("a", "1");
    call c;
    p.await(p.at().update(c, "shop", 0, "a", [](const loaded&, const moment&) -> result<raw_change> {
        return raw_change{.value = erase_value{}};
    }));
    p.order("a", "2");
    EXPECT_EQ(p.mark("ledger.count", "a"), (sequence{1, 2}));
    EXPECT_EQ(p.value("ledger", "a"), "1\n2\n");
}

TEST(Audit, AnEventThatIsNowhereIsLost)
{
    world w;
    auto d = shop_and_ledger();
    {
        process p(w, d);
        p.order("a", "1");
    }
    // An event that was committed, and vanished from the log before anybody read it.
    auto& shop = w.engine.disk("shop");
    shop.documents.at({0, "a"}).envelope.counters[0].counter = 2;
    process p(w, d);
    auto row = p.audit();
    EXPECT_EQ(std::make_tuple(row.keys, row.behind, row.lost, row.parked), std::make_tuple(1u, 0u, 1u, 0u));
    p.order("a", "3");
    row = p.audit();
    EXPECT_EQ(std::make_tuple(row.behind, row.lost, row.parked), std::make_tuple(0u, 1u, 1u))
        << "the one behind it is parked, and does not hide it";
}

TEST(Audit, WhatIsCommittedAndNotYetReadIsBehind)
{
    world w;
    auto d = shop_and_ledger();
    process p(w, d);
    p.line().pause("ledger.count");
    p.run();
    for (auto* value : {"1", "2"})
        p.order("a", value);
    auto row = p.audit();
    EXPECT_EQ(std::make_tuple(row.keys, row.behind, row.lost), std::make_tuple(1u, 2u, 0u));
    p.line().resume("ledger.count");
    p.run();
    row = p.audit();
    EXPECT_EQ(std::make_tuple(row.behind, row.lost), std::make_tuple(0u, 0u));
}

} // namespace

} // namespace edm::delivery_tests
