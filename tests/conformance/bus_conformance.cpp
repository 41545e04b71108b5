#include "bus_fixture.hpp"

#include <gmock/gmock.h>

namespace edm::conformance {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(bus_conformance, EventsOfTheTopicArriveInTheOrderOfTheLog)
{
    run();
    publish(2);
    publish(2, "other");
    publish(3);
    EXPECT_THAT(reads_.keys(), ElementsAre("news1", "news2", "news5", "news6", "news7"));
    for (std::size_t i = 1; i != reads_.got.size(); ++i)
        EXPECT_GT(reads_.got[i].position, reads_.got[i - 1].position);
    EXPECT_EQ(reads_.got[0].event->bytes, whole_event("news", "news1", 1)->bytes);
    EXPECT_EQ(reads_.got[0].event->topic, "news");
    EXPECT_EQ(reads_.got[0].event->sequence, (sequence{1, 1}));
}

TEST_P(bus_conformance, WhatWasCommittedBeforeTheStartArrives)
{
    run();
    end();
    boot();
    publish(3);
    run();
    EXPECT_THAT(reads_.keys(), ElementsAre("news1", "news2", "news3"));
}

TEST_P(bus_conformance, AnEventIsHandedOverOnce)
{
    run();
    publish(2);
    bus_->committed("source");
    bus_->committed("source");
    context_->run_ready();
    EXPECT_EQ(reads_.got.size(), 2u);
    settle(0);
    settle(0);
    bus_->settled("sink.reads", 4711);
    context_->run_ready();
    EXPECT_EQ(reads_.got.size(), 2u);
    settle_down();
    EXPECT_EQ(reads_.got.size(), 2u);
    if (!foreign())
        EXPECT_EQ(bus_->backlog("source").events, 1u)
            << "settling twice, or what nobody was handed, settles nothing else";
}

TEST_P(bus_conformance, NoMoreThanTheWindowIsInMemory)
{
    run();
    publish_together(2300, "news", "");
    EXPECT_EQ(reads_.got.size(), bus::window);
    EXPECT_EQ(bus_->backlog("source").events, foreign() ? 0u : 2300u);
    // The rest follows as room is made, whatever the order in which events are settled.
    std::size_t settled = 0, most = 0;
    while (settled != reads_.got.size()) {
        auto upto = reads_.got.size();
        for (auto i = upto; i != settled; --i)
            bus_->settled("sink.reads", reads_.got[i - 1].position);
        settled = settled_ = upto;
        settle_down();
        most = std::max(most, reads_.got.size() - settled);
    }
    EXPECT_EQ(reads_.got.size(), 2300u);
    EXPECT_LE(most, bus::window);
    EXPECT_EQ(reads_.got.back().event->key, "2299");
    EXPECT_EQ(bus_->backlog("source").events, 0u);
}

TEST_P(bus_conformance, TheCursorNeverPassesAnUnsettledEvent)
{
    run();
    publish(200);
    for (std::size_t i = 0; i != 200; ++i)
        if (i != 100)
            settle(i);
    die();
    boot();
    run();
    ASSERT_FALSE(reads_.got.empty());
    EXPECT_THAT(reads_.keys(), ::testing::Contains("news101"));
    auto again = reads_.got.size();
    if (foreign()) {
        EXPECT_EQ(again, 1u) << "what was settled is gone from the queue";
        return;
    }
    EXPECT_GE(again, 100u) << "everything from the unsettled one on comes again";
    EXPECT_LE(again, 164u) << "and not much of what was before it";
}

TEST_P(bus_conformance, ARestartResumesAtTheCursor)
{
    run();
    publish(5);
    settle_all();
    restart();
    EXPECT_THAT(reads_.got, IsEmpty());
    publish(1);
    EXPECT_THAT(reads_.keys(), ElementsAre("news6"));
    EXPECT_FALSE(reads_.got[0].suspect);
}

TEST_P(bus_conformance, AfterAnUncleanEndWhatMayHaveBeenBegunIsSuspect)
{
    run();
    publish(3);
    settle(0);
    die();
    boot();
    run();
    ASSERT_FALSE(reads_.got.empty());
    EXPECT_EQ(reads_.got.back().event->key, "news3");
    for (const auto& e : reads_.got)
        EXPECT_TRUE(e.suspect) << e.event->key;
    publish(1);
    EXPECT_FALSE(reads_.got.back().suspect) << "what is committed afterwards cannot have been begun before";
}

TEST_P(bus_conformance, EventsOfOtherTopicsDoNotHideASuspect)
{
    run();
    publish(1);
    publish_together(2 * int(bus::window) + 10, "other", "o");
    publish(1);
    ASSERT_EQ(reads_.got.size(), 2u);
    die();
    boot();
    run();
    ASSERT_EQ(reads_.got.size(), 2u);
    EXPECT_TRUE(reads_.got[1].suspect);
}

TEST_P(bus_conformance, AnEndWithEventsInFlightIsCleanOnceTheyAreSettled)
{
    run();
    publish(2);
    stop();
    settle_all();
    restart();
    EXPECT_THAT(reads_.got, IsEmpty());
    publish(1);
    EXPECT_FALSE(reads_.got.at(0).suspect);
}

TEST_P(bus_conformance, AfterStopNothingIsHandedOut)
{
    run();
    stop();
    publish(2);
    EXPECT_THAT(reads_.got, IsEmpty());
}

TEST_P(bus_conformance, WhilePausedNothingIsHandedOut)
{
    run();
    pause();
    publish(2);
    EXPECT_THAT(reads_.got, IsEmpty());
    resume();
    EXPECT_THAT(reads_.keys(), ElementsAre("news1", "news2"));
    pause();
    settle_all();
    publish(1);
    EXPECT_EQ(reads_.got.size(), 2u);
    resume();
    EXPECT_EQ(reads_.got.size(), 3u);
}

TEST_P(bus_conformance, ANewSubscriptionAsksForItsBaselineOnce)
{
    publish(3);
    run();
    EXPECT_THAT(passes_, ElementsAre("sink.reads"));
    EXPECT_THAT(reads_.got, IsEmpty()) << "its start is the end of the log; what was before comes as the baseline";
    publish(1);
    EXPECT_THAT(reads_.keys(), ElementsAre("news4"));
    settle_all();
    restart();
    EXPECT_THAT(passes_, IsEmpty()) << "it was complete";
}

TEST_P(bus_conformance, ABaselineThatWasInterruptedIsMadeAgain)
{
    passes_fail_ = true;
    run();
    EXPECT_EQ(passes_.size(), 1u);
    die();
    boot();
    run();
    EXPECT_EQ(passes_.size(), 1u) << "at the next start";
    passes_fail_ = false;
    pass(std::chrono::seconds{2});
    EXPECT_EQ(passes_.size(), 2u) << "or a little later in the same process";
    restart();
    EXPECT_THAT(passes_, IsEmpty());
}

TEST_P(bus_conformance, ALogOfAnotherEpochOrTooShortIsALostPosition)
{
    run();
    publish(1);
    settle_all();
    ASSERT_TRUE(context_->await(sink_->note_now("epoch/sink.reads", 77)));
    restart();
    EXPECT_EQ(passes_.size(), 1u);
    ASSERT_TRUE(context_->await(sink_->note_now("cursor/sink.reads", 4711)));
    die();
    boot();
    run();
    EXPECT_EQ(passes_.size(), 1u);
}

TEST_P(bus_conformance, AskingAgainMakesAnotherPass)
{
    run();
    EXPECT_EQ(passes_.size(), 1u);
    context_->await(bus_->ask_baseline({"sink.reads"}));
    EXPECT_EQ(passes_.size(), 2u);
    EXPECT_EQ(rebuilds_, 0);
    EXPECT_FALSE(sink_->noted("baseline/sink.reads"));
    context_->await(bus_->ask_baseline({.subscription = "sink.reads", .rebuild = true}));
    EXPECT_EQ(passes_.size(), 3u);
    EXPECT_EQ(rebuilds_, 1) << "who makes the pass is told";
}

task<> send_then(bus& b, std::vector<event_ptr> events, bool& done)
{
    co_await b.send_to("sink.reads", std::move(events));
    done = true;
}

TEST_P(bus_conformance, WhatIsSentToOneSubscriptionIsCompleteWhenItCannotBeLost)
{
    run();
    bool done = false;
    context_->post([&] { spawn(send_then(*bus_, {whole_event("news", "a", 1), whole_event("news", "b", 1)}, done)); });
    context_->run_ready();
    if (foreign()) {
        EXPECT_TRUE(until([&] { return done; })) << "it is safe once the server has it";
        settle_down();
        EXPECT_THAT(reads_.keys(), ElementsAre("a", "b"));
        return;
    }
    EXPECT_THAT(reads_.keys(), ElementsAre("a", "b"));
    publish(1);
    settle(1);
    EXPECT_FALSE(done);
    settle(1);
    settle(2);
    EXPECT_FALSE(done) << "neither a repeat nor another event counts";
    settle(0);
    EXPECT_TRUE(done);
}

TEST_P(bus_conformance, NothingIsSentAtOnce)
{
    run();
    bool none = false;
    spawn(send_then(*bus_, {}, none));
    EXPECT_TRUE(none);
}

TEST_P(bus_conformance, ABroadcastReachesEveryHandler)
{
    run();
    std::vector<std::string> heard;
    bus_->on_broadcast([&](std::string_view message) { heard.push_back("1:" + std::string{message}); });
    bus_->on_broadcast([&](std::string_view message) { heard.push_back("2:" + std::string{message}); });
    bus_->broadcast("wake");
    context_->run_ready();
    EXPECT_THAT(heard, ElementsAre("1:wake", "2:wake"));
}

TEST_P(bus_conformance, WhatIsOnItsWayIsCountedUntilItIsSettled)
{
    run();
    EXPECT_EQ(on_the_way(), 0u);
    publish(3);
    EXPECT_EQ(on_the_way(), 3u);
    settle(1);
    EXPECT_EQ(on_the_way(), 2u);
    publish_together(2000, "news", "");
    EXPECT_EQ(on_the_way(), foreign() ? 2002u + 1 : bus::window)
        << "a server keeps what is beyond the window, the test's own message behind it; of a log the rest is not read";
    pause();
    EXPECT_GT(on_the_way(), 0u);
    EXPECT_FALSE(context_->await(bus_->on_the_way("nobody.here"), !foreign()));
}

TEST_P(bus_conformance, NothingIsInTheWayOfEvents)
{
    run();
    EXPECT_EQ(bus_->trouble(), std::nullopt);
}

TEST_P(bus_conformance, WhatNobodyDeclaresAnyMoreIsForgotten)
{
    run();
    publish(1);
    end();
    boot();
    topology_.subscriptions.clear();
    context_->await(bus_->open(topology_), !foreign());
    EXPECT_TRUE(context_->await(bus_->remove("sink.reads"), !foreign()));
    EXPECT_TRUE(context_->await(bus_->remove("sink.reads"), !foreign())) << "again it changes nothing";
}

TEST_P(bus_conformance, AnUnknownSubscriptionIsAMistakeOfTheProgram)
{
    run();
    EXPECT_THROW(bus_->pause("nobody.here"), std::invalid_argument);
}

} // namespace

} // namespace edm::conformance
