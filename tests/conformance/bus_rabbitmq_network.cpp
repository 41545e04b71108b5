#include "rabbitmq_fixture.hpp"

#include <gmock/gmock.h>

/// A network and a server that fail in the ways they do, between us and RabbitMQ.
namespace edm::conformance {

namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class bus_rabbitmq_network : public rabbitmq_behind_gate
{
  protected:
    /// Commits, without a wait for the server.
    void publish_only(int events)
    {
        running_ = false;
        publish(events);
        running_ = true;
    }
    bool all_confirmed()
    {
        return until([&] { return bus_->backlog("source").events == 0; });
    }
};

INSTANTIATE_TEST_SUITE_P(Foreign, bus_rabbitmq_network, ::testing::ValuesIn(rabbitmq_kinds),
                         [](const auto& info) { return info.param.name; });

TEST_P(bus_rabbitmq_network, AnEventWhoseConfirmIsLostIsPublishedAgain)
{
    go_by(through());
    run();
    server().declare_probe("probe", "edm.news");
    between_->deafen();
    publish_only(3);
    ASSERT_TRUE(until([&] { return server().messages("probe") == 3; })) << "the server has them";
    EXPECT_EQ(bus_->backlog("source").events, 3u) << "and we cannot know";
    between_->reset();
    ASSERT_TRUE(all_confirmed());
    EXPECT_EQ(server().messages("probe"), 6u);
    ASSERT_TRUE(until([&] { return distinct().size() == 3; }));
    settle_all();
    EXPECT_EQ(on_the_way(), 0u);
    server().delete_queue("probe");
}

TEST_P(bus_rabbitmq_network, AConsumerThatIsCutOffManyTimesLosesNothing)
{
    constexpr std::size_t events = 20, cuts = 30; // more than any default of a delivery limit
    go_by(through());
    run();
    publish(int(events));
    for (std::size_t i = 1; i <= cuts; ++i) {
        between_->reset();
        ASSERT_TRUE(arrive(events * (i + 1))) << "after " << i << " cuts";
    }
    EXPECT_EQ(distinct().size(), events);
    for (const auto& e : reads_.got)
        EXPECT_FALSE(e.suspect) << "the process lives";
    settle_all();
    EXPECT_EQ(on_the_way(), 0u);
    restart();
    EXPECT_THAT(reads_.got, IsEmpty());
}

TEST_P(bus_rabbitmq_network, ANetworkThatStallsIsNoticedByTheHeartbeat)
{
    go_by(through());
    run();
    between_->stall();
    publish_only(2);
    ASSERT_TRUE(until([&] { return bus_->trouble().has_value(); }));
    EXPECT_EQ(bus_->backlog("source").events, 2u);
    between_->reset();
    ASSERT_TRUE(all_confirmed());
    EXPECT_TRUE(until([&] { return distinct().size() == 2; }));
    EXPECT_FALSE(bus_->trouble());
}

TEST_P(bus_rabbitmq_network, ABrokerThatIsStoppedForAWhileHoldsUpNoCommit)
{
    run();
    server().stall();
    publish_only(3);
    EXPECT_EQ(bus_->backlog("source").events, 3u);
    ASSERT_TRUE(until([&] { return bus_->trouble().has_value(); }));
    server().resume();
    ASSERT_TRUE(all_confirmed());
    EXPECT_TRUE(until([&] { return distinct().size() == 3; }));
}

TEST_P(bus_rabbitmq_network, ADiskAlarmIsToldAndEventsWaitForItsEnd)
{
    run();
    publish(1);
    disk_alarm(true);
    publish_only(1);
    ASSERT_TRUE(until([&] { return bus_->trouble().has_value(); }));
    EXPECT_THAT(*bus_->trouble(), HasSubstr("takes no events for now"));
    EXPECT_THAT(*bus_->trouble(), HasSubstr("disk"));
    publish_only(2);
    EXPECT_EQ(bus_->backlog("source").events, 3u) << "commits go on";
    disk_alarm(false);
    ASSERT_TRUE(all_confirmed());
    EXPECT_FALSE(bus_->trouble());
    EXPECT_TRUE(until([&] { return distinct().size() == 4; }));
}

TEST_P(bus_rabbitmq_network, AProcessStartsAlsoBesideABrokerThatHasAnAlarm)
{
    disk_alarm(true);
    context_->await(bus_->open(topology_), false); // a baseline is to be asked for, which nothing confirms
    bus_->consume("sink.reads", reads_);
    publish_only(2);
    EXPECT_EQ(bus_->backlog("source").events, 2u);
    EXPECT_TRUE(bus_->trouble());
    disk_alarm(false);
    ASSERT_TRUE(all_confirmed());
    EXPECT_TRUE(until([&] { return distinct().size() == 2; }));
    EXPECT_TRUE(until([&] { return passes_ == std::vector<std::string>{"sink.reads"}; }));
}

TEST_P(bus_rabbitmq_network, WhatOneServiceIsRefusedHoldsUpNoOther)
{
    run_both_ways();
    server().declare_full_queue("probe", "edm.news");
    publish_only(3);
    ASSERT_TRUE(until([&] { return bus_->trouble().has_value(); }));
    for (int i = 0; i != 20; ++i) { // each behind the one before: together they would go in a burst
        auto key = "answer" + std::to_string(i);
        edm::commit c{.id = key, .value = "v", .envelope = {.counters = {{"answers", 1, 1}}}};
        c.events.push_back(whole_event("answers", key, 1));
        ASSERT_TRUE(context_->await(sink_->commit(std::move(c)), false));
        ASSERT_TRUE(until([&] { return answers_.got.size() > std::size_t(i); }));
    }
    EXPECT_GT(bus_->backlog("source").events, 0u) << "all the while";
    server().delete_queue("probe");
    ASSERT_TRUE(all_confirmed());
    EXPECT_TRUE(until([&] { return distinct().size() == 3; }));
}

TEST_P(bus_rabbitmq_network, WhatAnotherQueueRefusesIsPublishedUntilItIsTaken)
{
    run();
    server().declare_full_queue("probe", "edm.news");
    publish_only(3);
    ASSERT_TRUE(until([&] { return bus_->trouble().has_value(); }));
    EXPECT_THAT(*bus_->trouble(), HasSubstr("refuses an event of source"));
    EXPECT_GT(bus_->backlog("source").events, 0u) << "a nack is no confirm";
    server().delete_queue("probe");
    ASSERT_TRUE(all_confirmed());
    EXPECT_FALSE(bus_->trouble());
    EXPECT_TRUE(until([&] { return distinct().size() == 3; }));
}

TEST_P(bus_rabbitmq_network, AVolumeThatIsLostIsHealedByABaseline)
{
    run();
    publish(2);
    settle_all();
    passes_.clear();
    server().lose_volume();
    publish_only(1);
    ASSERT_TRUE(all_confirmed());
    ASSERT_TRUE(until([&] { return !passes_.empty(); }));
    EXPECT_THAT(passes_, Contains("sink.reads"));
    EXPECT_TRUE(until([&] { return distinct().contains("news3"); }));
    EXPECT_EQ(source_->epoch(), 1u) << "the store remembers what it published";
}

TEST_P(bus_rabbitmq_network, AQueueWithOtherSettingsIsNamed)
{
    server().declare_classic_queue("edm.sink.reads");
    auto line = refusal(server().url());
    EXPECT_THAT(line, HasSubstr("EDM_RABBITMQ_URL: RabbitMQ at 127.0.0.1:"));
    EXPECT_THAT(line, HasSubstr("refuses queue edm.sink.reads"));
    EXPECT_THAT(line, ::testing::Not(HasSubstr("\n")));
}

TEST_P(bus_rabbitmq_network, APublishersStoreThatWasLostBeginsANewEpoch)
{
    run();
    publish(2);
    settle_all();
    EXPECT_EQ(source_->epoch(), 1u);
    restart();
    EXPECT_EQ(source_->epoch(), 1u) << "it remembers";
    end();
    // Its process finds another, empty store; the readers' files are elsewhere.
    auto elsewhere = GetParam().stores();
    auto other_engine = elsewhere->engine();
    boot();
    auto replaced = std::exchange(source_, other_engine->open("source", {{"documents", {}}}));
    bus_ = engine_under_test_->make({{"source", source_.get()}}, *context_);
    on_passes([this](baseline_request wanted) -> task<> {
        passes_.push_back(std::move(wanted.subscription));
        co_return;
    });
    context_->await(bus_->open(topology_), false);
    EXPECT_GT(source_->epoch(), 1'000'000u) << "before anything is committed";
    EXPECT_TRUE(until([&] { return !passes_.empty(); }));
    EXPECT_THAT(passes_, ElementsAre("sink.reads")) << "its readers start anew";
    ASSERT_TRUE(until([&] { return passes_ended(); }));
    bus_->stop();
    bus_.reset();
    source_.reset();
    source_ = std::move(replaced);
    context_.reset();
}

TEST_P(bus_rabbitmq_network, AStoreOfWhichNoBrokerCanBeAskedBeginsANewEpoch)
{
    go_by("amqp://guest:guest@127.0.0.1:1");
    context_->await(bus_->open(topology_), false);
    EXPECT_GT(source_->epoch(), 1'000'000u);
}

TEST_P(bus_rabbitmq_network, ASubscribersStoreThatWasLostIsSentABaseline)
{
    run();
    publish(1);
    settle_all();
    for (const auto* note : {"queue/sink.reads", "cursor/sink.reads", "epoch/sink.reads"})
        ASSERT_TRUE(context_->await(sink_->note_now(note, std::nullopt), false));
    end();
    boot();
    // Its publisher runs elsewhere.
    bus_ = engine_under_test_->make({{"sink", sink_.get()}}, *context_);
    context_->await(bus_->open(topology_), false);
    EXPECT_TRUE(sink_->noted("baseline/sink.reads"));
    EXPECT_EQ(server().messages("edm.source.baseline"), 1u);
}

} // namespace

} // namespace edm::conformance
