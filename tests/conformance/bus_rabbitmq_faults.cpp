#include "rabbitmq_fixture.hpp"

#include <gmock/gmock.h>

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <set>

/// What the server beside us does to us, and what foreign programs see of us.
namespace edm::conformance {

namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* publishing_tool = "/usr/bin/amqp-publish";

class bus_rabbitmq_faults : public rabbitmq_conformance
{
};

INSTANTIATE_TEST_SUITE_P(Foreign, bus_rabbitmq_faults, ::testing::ValuesIn(rabbitmq_kinds),
                         [](const auto& info) { return info.param.name; });

TEST_P(bus_rabbitmq_faults, ARefusalIsOneLineWithoutThePassword)
{
    auto line = refusal(server().url("guest", "not-the-password"));
    EXPECT_THAT(line, HasSubstr("EDM_RABBITMQ_URL: RabbitMQ at 127.0.0.1:"));
    EXPECT_THAT(line, HasSubstr("refuses the login of user guest"));
    EXPECT_THAT(line, Not(HasSubstr("not-the-password")));
    EXPECT_THAT(line, Not(HasSubstr("\n")));
    EXPECT_THAT(refusal(server().url() + "nowhere"), HasSubstr("NOT_ALLOWED"));
    EXPECT_THAT(refusal("http://x"), HasSubstr("amqp://user:password@host:port/vhost"));
    EXPECT_THAT(refusal(" , "), HasSubstr("no URL"));
}

TEST_P(bus_rabbitmq_faults, AnExchangeWithOtherSettingsIsNamed)
{
    server().declare_direct_exchange("edm.news");
    auto line = refusal(server().url());
    EXPECT_THAT(line, HasSubstr("refuses exchange edm.news"));
    EXPECT_THAT(line, HasSubstr("PRECONDITION_FAILED"));
    EXPECT_THAT(line, Not(HasSubstr("\n")));
}

TEST_P(bus_rabbitmq_faults, AnotherBrokerOfTheListIsTaken)
{
    go_by("amqp://guest:guest@127.0.0.1:1/, " + server().url());
    run();
    publish(1);
    EXPECT_THAT(reads_.keys(), ElementsAre("news1"));
}

TEST_P(bus_rabbitmq_faults, WithoutABrokerTheProcessStartsAndTheLogWaits)
{
    server().kill();
    context_->await(bus_->open(declared()), false);
    bus_->consume("sink.reads", reads_);
    publish(3);
    EXPECT_EQ(bus_->backlog("source").events, 3u);
    server().start();
    // The queue is new: a baseline is asked for. What was committed meanwhile is relayed all the same.
    ASSERT_TRUE(arrive(3));
    EXPECT_THAT(reads_.keys(), ElementsAre("news1", "news2", "news3"));
    running_ = true;
    settle_all();
    EXPECT_THAT(passes_, ElementsAre("sink.reads"));
}

TEST_P(bus_rabbitmq_faults, ABrokerThatIsKilledAndComesBackLosesNothing)
{
    run();
    server().restart_in_order();
    publish(3);
    settle(0);
    settle_down();
    server().kill();
    running_ = false; // nobody is there to be waited for
    settle(1);
    publish(2);
    EXPECT_EQ(bus_->backlog("source").events, 2u);
    server().start();
    ASSERT_TRUE(until([&] { return bus_->backlog("source").events == 0; }));
    EXPECT_TRUE(until([&] { return ::testing::Matches(Contains("news5"))(reads_.keys()); }));
    running_ = true;
    settle_down();
    EXPECT_THAT(reads_.keys(), Contains("news4"));
    for (const auto& e : reads_.got)
        EXPECT_FALSE(e.suspect) << "the process lives: " << e.event->key;
    auto distinct = std::set<std::string>{};
    for (const auto& key : reads_.keys())
        distinct.insert(key);
    EXPECT_EQ(distinct.size(), 5u);
    EXPECT_THAT(passes_, ElementsAre("sink.reads")) << "the queue was there all the time";
    settle_all();
    restart();
    EXPECT_THAT(reads_.got, IsEmpty()) << "all was acknowledged in the end";
}

TEST_P(bus_rabbitmq_faults, WhatIsSettledAfterItsConnectionIsLostCountsOnce)
{
    run();
    server().restart_in_order();
    publish(2);
    server().kill();
    server().start();
    ASSERT_TRUE(arrive(4)) << "both come again";
    // The first pair belongs to a channel that is gone.
    settle(0);
    settle(1);
    EXPECT_FALSE(reads_.got[2].suspect);
    settle(2);
    settle(3);
    settle_down();
    restart();
    EXPECT_THAT(reads_.got, IsEmpty());
}

TEST_P(bus_rabbitmq_faults, AQueueThatIsLostWhileWeRunIsMadeAnewWithABaseline)
{
    run();
    publish(2);
    settle_all();
    passes_.clear();
    server().delete_queue("edm.sink.reads");
    ASSERT_TRUE(until([&] { return !passes_.empty(); }));
    settle_down();
    EXPECT_THAT(passes_, ElementsAre("sink.reads"));
    publish(1);
    EXPECT_EQ(reads_.keys().back(), "news3");
}

TEST_P(bus_rabbitmq_faults, AQueueThatIsLostWhileNobodyRunsIsMadeAnewWithABaseline)
{
    run();
    publish(2);
    settle_all();
    end();
    server().delete_queue("edm.sink.reads");
    boot();
    run();
    EXPECT_THAT(passes_, ElementsAre("sink.reads"));
    publish(1);
    EXPECT_THAT(reads_.keys(), ElementsAre("news3"));
}

TEST_P(bus_rabbitmq_faults, ASubscribersNewStoreIsALostPosition)
{
    run();
    publish(1);
    settle_all();
    ASSERT_TRUE(context_->await(sink_->note_now("cursor/sink.reads", std::nullopt)));
    ASSERT_TRUE(context_->await(sink_->note_now("epoch/sink.reads", std::nullopt)));
    restart();
    EXPECT_THAT(passes_, ElementsAre("sink.reads"));
}

TEST_P(bus_rabbitmq_faults, TheCursorFollowsWhatIsSettledAndPassesOtherTopics)
{
    run();
    publish(2);
    EXPECT_EQ(sink_->noted("cursor/sink.reads"), 0);
    settle_all();
    EXPECT_EQ(sink_->noted("cursor/sink.reads"), std::int64_t(source_->tail()));
    publish(5, "other");
    EXPECT_EQ(sink_->noted("cursor/sink.reads"), std::int64_t(source_->tail()));
    EXPECT_EQ(source_->noted("reader/sink.reads"), std::int64_t(source_->tail()));
    EXPECT_EQ(source_->noted("relay"), std::int64_t(source_->tail()));
}

TEST_P(bus_rabbitmq_faults, WhatIsInTheWayIsToldInOneSentence)
{
    EXPECT_THAT(*bus_->trouble(), HasSubstr("not connected"));
    run();
    EXPECT_FALSE(bus_->trouble());
    server().restart_in_order();
    settle_down();
    server().kill();
    ASSERT_TRUE(until([&] { return bus_->trouble().has_value(); }));
    EXPECT_THAT(*bus_->trouble(), HasSubstr("RabbitMQ at 127.0.0.1:"));
    EXPECT_THAT(*bus_->trouble(), Not(HasSubstr("\n")));
    ASSERT_TRUE(until([&] { return !on_the_way(); })) << "what a broker holds that is away cannot be known";
    EXPECT_FALSE(context_->await(bus_->remove("sink.reads"), false));
    server().start();
    EXPECT_TRUE(until([&] { return !bus_->trouble(); }));
    EXPECT_TRUE(until([&] { return on_the_way() == 0; }));
}

TEST_P(bus_rabbitmq_faults, AQueueIsNotedAndRemoved)
{
    run();
    publish(2);
    EXPECT_EQ(sink_->noted("queue/sink.reads"), 1) << "so that a subscription that only a broker holds is known";
    EXPECT_TRUE(server().has_queue("edm.sink.reads"));
    end();
    boot();
    topology_.subscriptions.clear();
    context_->await(bus_->open(topology_), false);
    EXPECT_TRUE(server().has_queue("edm.sink.reads"));
    EXPECT_TRUE(context_->await(bus_->remove("sink.reads"), false));
    EXPECT_FALSE(server().has_queue("edm.sink.reads"));
}

TEST_P(bus_rabbitmq_faults, TheQueuesOfFormerNamesAreGoneOnceTheNewOneHasItsBaseline)
{
    topology_.subscriptions[0].subscription = "sink.read-once";
    context_->await(bus_->open(topology_), false);
    ASSERT_TRUE(until([&] { return sink_->noted("queue/sink.read-once").has_value(); }));
    end();
    boot();
    topology_ = declared();
    topology_.subscriptions[0].formerly = {"sink.read-once", "sink.never-was"};
    run();
    EXPECT_THAT(passes_, Contains("sink.reads"));
    EXPECT_TRUE(server().has_queue("edm.sink.reads"));
    EXPECT_FALSE(server().has_queue("edm.sink.read-once"));
    EXPECT_EQ(sink_->noted("queue/sink.read-once"), std::nullopt);
    EXPECT_EQ(sink_->noted("queue/sink.reads"), 1);
    passes_fail_ = true; // that of the former name is asked for again and again
}

TEST_P(bus_rabbitmq_faults, ATopicOfAForeignProgramHasAQueueAndNoBaseline)
{
    topology_.subscriptions[0].publisher.clear();
    run();
    auto e = whole_event("news", "abroad", 7);
    server().publish_to("edm.news", "application/cloudevents+json", e->bytes);
    ASSERT_TRUE(arrive(1));
    EXPECT_EQ(reads_.got[0].event->key, "abroad");
    EXPECT_EQ(reads_.got[0].event->sequence, (sequence{1, 7}));
    std::size_t sent = 1;
    if (::access(publishing_tool, X_OK) == 0) { // a client that is not ours
        auto words = std::string{publishing_tool} + " --url=" + server().url().substr(0, server().url().size() - 1) +
                     " --exchange=edm.news --persistent --content-type=application/cloudevents+json --body='" +
                     whole_event("news", "abroad", 8)->bytes + "'";
        ASSERT_EQ(std::system(words.c_str()), 0) << words;
        ASSERT_TRUE(arrive(++sent));
        EXPECT_EQ(reads_.got[1].event->sequence, (sequence{1, 8}));
    } else {
        std::cout << "not run: " << publishing_tool << " is not there; install amqp-tools\n";
    }
    EXPECT_THAT(passes_, IsEmpty());
    EXPECT_FALSE(server().has_queue("edm..baseline"));
    EXPECT_THROW(context_->await(bus_->ask_baseline({"sink.reads"}), false), std::runtime_error);
    settle_all();
    restart();
    EXPECT_THAT(reads_.got, IsEmpty());
}

TEST_P(bus_rabbitmq_faults, AMessageThatIsNoEventIsPutAside)
{
    run();
    server().publish("edm.sink.reads", "text/plain", "no event at all");
    publish(1);
    EXPECT_EQ(server().get_message("edm.unreadable"), "no event at all");
    EXPECT_THAT(reads_.keys(), ElementsAre("news1"));
    settle_all();
    restart();
    EXPECT_THAT(reads_.got, IsEmpty());
}

TEST_P(bus_rabbitmq_faults, AMessageThatIsNoEventIsKeptUntilItLiesElsewhere)
{
    run();
    server().delete_queue("edm.unreadable");
    server().publish("edm.sink.reads", "text/plain", "no event at all");
    publish(1);
    EXPECT_EQ(on_the_way(), 2u);
    settle_all();
    // The queue is made anew and the message put there, with the same connection.
    EXPECT_EQ(server().get_message("edm.unreadable"), "no event at all");
    EXPECT_TRUE(until([&] { return on_the_way() == 0u; }));
    EXPECT_FALSE(bus_->trouble());
}

TEST_P(bus_rabbitmq_faults, AQueueThatIsMissingHoldsUpNoOther)
{
    run_both_ways();
    server().publish_to("edm.answers", "application/cloudevents+json", whole_event("answers", "a", 1)->bytes);
    ASSERT_TRUE(until([&] { return answers_.got.size() == 1; }));
    // It cannot be made anew as long as the request for its baseline is not confirmed.
    disk_alarm(true);
    server().delete_queue("edm.sink.reads");
    EXPECT_TRUE(until([&] { return answers_.got.size() == 2; })) << "what was not settled comes again";
    EXPECT_EQ(passes_.size(), 1u);
    disk_alarm(false);
    ASSERT_TRUE(until([&] { return passes_.size() == 2; }));
    publish(1);
    EXPECT_TRUE(until([&] { return distinct().contains("news1"); }));
}

} // namespace

} // namespace edm::conformance
