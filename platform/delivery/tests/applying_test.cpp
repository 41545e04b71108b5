#include "fixture.hpp"

namespace edm::delivery_tests {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

event_ptr ordered(std::string key, std::uint64_t counter, std::string text, std::uint32_t epoch = 1)
{
    event e{.id = "i",
            .source = "/edm/shop/ordered/" + key,
            .type = "edm.ordered.v1",
            .subject = key,
            .sequence = {epoch, counter},
            .baseline = false,
            .time = "2026-01-15T00:00:00.000Z",
            .traceparent = {},
            .data = "\"" + text + "\""};
    return std::make_shared<recorded_event>(recorded_event{"ordered", key, {epoch, counter}, false, encode_event(e)});
}

class applying : public ::testing::Test
{
  protected:
    /// Hands one event to the subscription as a redelivery would come.
    void redeliver(event_ptr e)
    {
        spawn(p.line().send_to("ledger.count", {std::move(e)}));
        p.run();
    }

    world w;
    int refusals = 0; ///< how often the handler still refuses what starts with `!`
    declarations d = shop_and_ledger([this](const loaded& document, const void* event, const received& how,
                                            std::span<const loaded> reads) -> result<raw_change> {
        ++handled;
        if (text_of(event).starts_with("!") && refusals != 0) {
            --refusals;
            return fail(refused, "not yet");
        }
        if (text_of(event).starts_with("throw"))
            throw std::runtime_error("thrown");
        return append(document, event, how, reads);
    });
    int handled = 0;
    process p{w, d};
};

TEST_F(applying, AnEventIsAppliedOnce)
{
    ASSERT_TRUE(p.order("a", "1"));
    ASSERT_TRUE(p.order("a", "2"));
    ASSERT_TRUE(p.order("b", "x"));
    EXPECT_EQ(p.value("ledger", "a"), "1\n2\n");
    EXPECT_EQ(p.value("ledger", "b"), "x\n");
    EXPECT_EQ(p.mark("ledger.count", "a"), (sequence{1, 2}));
    EXPECT_EQ(p.at().counted().applied, 3u);
    EXPECT_EQ(p.line().backlog("shop").events, 0u);
}

TEST_F(applying, ADuplicateChangesNothingAtAnyLaterTime)
{
    p.order("a", "1");
    p.order("a", "2");
    redeliver(ordered("a", 2, "2"));
    redeliver(ordered("a", 1, "1"));
    w.clock.set(w.clock.now() + 24h * 4000);
    auto writes = w.engine.faults->writes.load();
    redeliver(ordered("a", 2, "2"));
    EXPECT_EQ(p.value("ledger", "a"), "1\n2\n");
    EXPECT_EQ(p.at().counted().duplicates, 3u);
    EXPECT_EQ(w.engine.faults->writes.load(), writes) << "a duplicate writes nothing";
}

TEST_F(applying, AGapIsParkedAndAppliedOnceItCloses)
{
    redeliver(ordered("a", 3, "3"));
    redeliver(ordered("a", 2, "2"));
    EXPECT_EQ(p.value("ledger", "a"), "(none)");
    auto waiting = p.parked();
    ASSERT_EQ(waiting.size(), 2u);
    EXPECT_TRUE(waiting[0].gap);
    EXPECT_EQ(waiting[0].attempts, 0);
    EXPECT_GT(waiting[0].next_at, w.clock.now().time_since_epoch().count()) << "a gap has a time too";
    redeliver(ordered("a", 1, "1"));
    EXPECT_EQ(p.value("ledger", "a"), "1\n2\n3\n");
    EXPECT_THAT(p.parked(), IsEmpty());
    EXPECT_EQ(p.mark("ledger.count", "a"), (sequence{1, 3}));
}

TEST_F(applying, AnEventFarAheadStaysParkedAndOtherKeysFlow)
{
    redeliver(ordered("a", 5, "5"));
    p.order("b", "1");
    p.pass(1min);
    EXPECT_EQ(p.value("ledger", "b"), "1\n");
    EXPECT_EQ(p.value("ledger", "a"), "(none)");
    EXPECT_EQ(p.parked().size(), 1u);
    EXPECT_EQ(handled, 1) << "a gap is no attempt";
}

TEST_F(applying, AFailureWaitsWithGrowingPauses)
{
    refusals = 3;
    p.order("a", "!");
    auto begin = w.clock.now();
    auto waiting = p.parked();
    ASSERT_EQ(waiting.size(), 1u);
    EXPECT_EQ(waiting[0].attempts, 1);
    EXPECT_FALSE(waiting[0].gap);
    EXPECT_EQ(waiting[0].reason, "refused: not yet");
    auto first = waiting[0].next_at - begin.time_since_epoch().count();
    EXPECT_GE(first, 100);
    EXPECT_LE(first, 200) << "half to whole of the first pause";
    p.pass(1min);
    EXPECT_EQ(p.value("ledger", "a"), "!\n");
    EXPECT_EQ(handled, 4);
    EXPECT_THAT(p.parked(), IsEmpty());
}

TEST_F(applying, EachRetryBeginsAtItsOwnTime)
{
    refusals = 3;
    p.order("a", "!");
    for (int attempt = 1; attempt != 4; ++attempt) {
        auto pause = milliseconds{p.parked().at(0).next_at} - w.clock.now().time_since_epoch();
        EXPECT_LE(pause, 200ms * (1 << (attempt - 1)));
        p.pass(pause - 1ms);
        EXPECT_EQ(handled, attempt) << "not before its time";
        p.pass(1ms);
    }
    EXPECT_EQ(handled, 4);
    EXPECT_EQ(p.value("ledger", "a"), "!\n");
    EXPECT_THAT(p.parked(), IsEmpty());
}

TEST_F(applying, WhatIsAskedForTwiceIsTriedOnce)
{
    refusals = 100;
    p.order("a", "!");
    p.pass(1h);
    handled = 0;
    auto ask = [](delivery& d) -> task<> { // both stand in line before either has its turn
        for (int i = 0; i != 2; ++i)
            EXPECT_TRUE(co_await d.retry("ledger.count", "a"));
    };
    spawn(ask(p.at()));
    p.run();
    EXPECT_EQ(handled, 1) << "the second finds that the event waits for its next time";
    EXPECT_EQ(p.parked().at(0).attempts, 1);
}

TEST_F(applying, TheEventsBehindAFailureWaitAndFollowIt)
{
    refusals = 2;
    p.order("a", "!");
    p.order("a", "2");
    p.order("b", "x");
    p.order("a", "3");
    EXPECT_EQ(p.value("ledger", "b"), "x\n");
    EXPECT_EQ(p.value("ledger", "a"), "(none)");
    EXPECT_EQ(p.parked().size(), 3u);
    EXPECT_EQ(p.line().backlog("shop").events, 0u) << "what is parked is settled: one key does not hold the log";
    p.pass(1min);
    EXPECT_EQ(p.value("ledger", "a"), "!\n2\n3\n");
    EXPECT_THAT(p.parked(), IsEmpty());
}

TEST_F(applying, AnExceptionIsAFailureOfTheEvent)
{
    p.order("a", "throw");
    ASSERT_EQ(p.parked().size(), 1u);
    EXPECT_EQ(p.parked()[0].reason, "thrown");
}

TEST_F(applying, AnEventThatDoesNotDecodeIsParkedWithTheReason)
{
    call c;
    p.await(p.at().update(c, "shop", 0, "a", [](const loaded&, const moment&) -> result<raw_change> {
        return raw_change{.value = "v", .events = {{"ordered", "7"}}};
    }));
    p.run();
    ASSERT_EQ(p.parked().size(), 1u);
    EXPECT_EQ(p.parked()[0].reason, "no text");
}

TEST_F(applying, AfterTheLastAttemptAnEventIsADeadLetterThatWaits)
{
    refusals = 1000;
    p.order("a", "!");
    p.order("a", "2");
    p.pass(1h);
    auto dead = p.await(p.at().dead_letters(""));
    ASSERT_EQ(dead.size(), 1u);
    EXPECT_EQ(dead[0].parked.attempts, 8);
    EXPECT_EQ(dead[0].parked.next_at, -1);
    EXPECT_EQ(dead[0].waiting, 1u);
    EXPECT_EQ(handled, 8);
    p.pass(24h);
    EXPECT_EQ(handled, 8) << "it waits for an operator";
    EXPECT_EQ(p.value("ledger", "a"), "(none)");
    EXPECT_EQ(p.at().counted().dead, 1u);
    auto row = p.audit();
    EXPECT_EQ(std::make_tuple(row.behind, row.lost, row.parked, row.dead), std::make_tuple(0u, 0u, 2u, 1u));
}

TEST_F(applying, RetryingADeadLetterStartsItAnew)
{
    refusals = 8;
    p.order("a", "!");
    p.order("a", "2");
    p.pass(1h);
    ASSERT_EQ(p.await(p.at().dead_letters("ledger.count")).size(), 1u);
    ASSERT_TRUE(p.await(p.at().retry("ledger.count", "a")));
    p.run();
    EXPECT_EQ(p.value("ledger", "a"), "!\n2\n");
    EXPECT_THAT(p.parked(), IsEmpty());
    EXPECT_EQ(p.await(p.at().retry("ledger.count", "a")).error().kind, &errors::not_found);
    EXPECT_EQ(p.await(p.at().retry("nobody.here", "a")).error().kind, &errors::not_found);
}

TEST_F(applying, DiscardingMovesTheMarkAndTheRestFollows)
{
    refusals = 1000;
    p.order("a", "!");
    p.order("a", "2");
    p.order("a", "3");
    p.pass(1h);
    ASSERT_TRUE(p.await(p.at().discard("ledger.count", "a")));
    p.run();
    EXPECT_EQ(p.value("ledger", "a"), "2\n3\n");
    EXPECT_EQ(p.mark("ledger.count", "a"), (sequence{1, 3}));
    EXPECT_THAT(p.parked(), IsEmpty());
    auto row = p.audit();
    EXPECT_EQ(std::make_tuple(row.behind, row.lost, row.parked, row.dead), std::make_tuple(0u, 0u, 0u, 0u));
}

TEST_F(applying, OnlyTheNextEventOfAKeyCanBeDiscarded)
{
    redeliver(ordered("a", 2, "2"));
    auto outcome = p.await(p.at().discard("ledger.count", "a"));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(p.parked().size(), 1u);
    EXPECT_EQ(p.mark("ledger.count", "a"), sequence{});
}

TEST_F(applying, ADeadLetterThatIsDeliveredAgainStaysDead)
{
    refusals = 1000;
    p.order("a", "!");
    p.pass(1h);
    redeliver(ordered("a", 1, "!"));
    EXPECT_EQ(handled, 8);
    ASSERT_EQ(p.parked().size(), 1u);
    EXPECT_EQ(p.parked()[0].next_at, -1);
    EXPECT_EQ(p.parked()[0].attempts, 8);
}

TEST_F(applying, AFailureThatIsDeliveredAgainWaitsForItsTime)
{
    refusals = 2;
    p.order("a", "!");
    redeliver(ordered("a", 1, "!"));
    EXPECT_EQ(handled, 1);
    EXPECT_EQ(p.parked().at(0).attempts, 1);
    p.pass(1min);
    EXPECT_EQ(p.value("ledger", "a"), "!\n");
    EXPECT_EQ(handled, 3);
}

TEST_F(applying, TheFirstEventOfALaterEpochFollowsAnyMark)
{
    p.order("a", "1");
    p.order("a", "2");
    redeliver(ordered("a", 2, "later", 5));
    EXPECT_EQ(p.parked().size(), 1u);
    redeliver(ordered("a", 1, "new", 5));
    EXPECT_EQ(p.value("ledger", "a"), "1\n2\nnew\nlater\n");
    redeliver(ordered("a", 3, "old", 1));
    EXPECT_EQ(p.value("ledger", "a"), "1\n2\nnew\nlater\n") << "an earlier epoch is past";
}

TEST_F(applying, OnAConflictTheHandlerRunsOverTheNewDocument)
{
    bool interfered = false;
    w.engine.faults->before = [&](std::uint64_t) -> std::optional<store_failure> {
        // Somebody else changes the account just before the subscription's first commit to it.
        auto& disk = w.engine.disk("ledger");
        auto at = disk.documents.find({0, "a"});
        if (at != disk.documents.end() && !interfered && handled == 2) {
            interfered = true;
            at->second.value = "theirs\n";
            ++at->second.revision;
        }
        return {};
    };
    p.order("a", "1");
    p.order("a", "2");
    EXPECT_TRUE(interfered);
    EXPECT_EQ(p.value("ledger", "a"), "theirs\n2\n");
    EXPECT_EQ(handled, 3);
    EXPECT_EQ(p.at().counted().conflicts, 1u);
}

TEST_F(applying, ReadsArePassedToTheHandler)
{
    declarations reading = shop_and_ledger();
    auto& s = reading.subscriptions[0];
    s.reads.push_back({1, [](const void* event, std::string_view) { return "name-" + text_of(event); }});
    s.handle = [](const loaded& document, const void*, const received& how,
                  std::span<const loaded> reads) -> result<raw_change> {
        EXPECT_EQ(reads.size(), 1u);
        return raw_change{.value =
                              document.value.value_or("") + reads[0].value.value_or("nobody") + how.sequence.text()};
    };
    world other;
    process q(other, reading);
    call c;
    q.await(q.at().update(c, "ledger", 1, "name-1", [](const loaded&, const moment&) -> result<raw_change> {
        return raw_change{.value = "Ana"};
    }));
    q.order("a", "1");
    q.order("b", "2");
    EXPECT_EQ(q.value("ledger", "a"), "Ana0000000001.000000000001");
    EXPECT_EQ(q.value("ledger", "b"), "nobody0000000001.000000000001");
}

TEST_F(applying, TheTrailOfAKeyNamesEventsMarksAndParked)
{
    refusals = 1000;
    p.order("a", "1");
    p.order("a", "!");
    auto trail = p.await(p.at().trail_json("a"));
    EXPECT_NE(trail.find(R"("events":[{"specversion")"), std::string::npos);
    EXPECT_NE(trail.find(R"("marks":[{"subscription":"ledger.count","sequence":"0000000001.000000000001"}])"),
              std::string::npos)
        << trail;
    EXPECT_NE(trail.find(R"("attempts":1,"gap":false,"dead":false,"reason":"refused: not yet")"), std::string::npos)
        << trail;
}

} // namespace

} // namespace edm::delivery_tests
