#include "rabbitmq_fixture.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <mutex>

/// Two processes on one broker: `here` runs `source` and `sink`, `there` runs `sink` too, on a store of its own.
namespace edm::conformance {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class bus_rabbitmq_processes : public rabbitmq_behind_gate
{
  protected:
    void SetUp() override
    {
        rabbitmq_behind_gate::SetUp();
        if (IsSkipped())
            return;
        go_by(through());
        elsewhere_ = GetParam().stores();
        other_engine_ = elsewhere_->engine();
        other_sink_ = other_engine_->open("sink", {{"documents", {}}});
        there_ = bus_rabbitmq::make_bus({.urls = server().url(),
                                         .stores = {{"sink", other_sink_.get()}},
                                         .contexts = {context_.get()},
                                         .heartbeat_seconds = 2});
        other_reads_.from = there_.get();
    }
    void TearDown() override
    {
        if (there_) {
            there_->stop();
            settle_down();
        }
        there_.reset();
        other_sink_.reset();
        rabbitmq_behind_gate::TearDown();
    }
    /// `here` consumes first, so that it is the active one.
    void run_both()
    {
        context_->await(bus_->open(topology_), false);
        bus_->consume("sink.reads", reads_);
        ASSERT_TRUE(until([&] { return !sink_->noted("baseline/sink.reads"); }));
        context_->await(there_->open(topology_), false);
        there_->consume("sink.reads", other_reads_);
        // Its store is a new one, so a baseline is asked for, whose end comes to the active process.
        ASSERT_TRUE(until([&] { return passes_.size() >= 2; }));
        running_ = false; // the messages of the test itself would come to either
    }
    std::set<std::string> there() const
    {
        auto all = other_reads_.keys();
        return {all.begin(), all.end()};
    }

    std::unique_ptr<store_home> elsewhere_;
    std::unique_ptr<store_engine> other_engine_;
    std::unique_ptr<store> other_sink_;
    std::unique_ptr<bus> there_;
    recorder other_reads_;
    int ended_ = 0; ///< baselines that were asked for and are complete
};

INSTANTIATE_TEST_SUITE_P(Foreign, bus_rabbitmq_processes, ::testing::ValuesIn(rabbitmq_kinds),
                         [](const auto& info) { return info.param.name; });

TEST_P(bus_rabbitmq_processes, OneIsGivenEventsUntilItIsCutOffAndThenTheOther)
{
    run_both();
    publish(5);
    ASSERT_TRUE(arrive(5));
    EXPECT_THAT(other_reads_.got, IsEmpty()) << "one at a time";
    settle(0);
    settle(1);
    EXPECT_TRUE(until([&] { return on_the_way() == 3; }));
    between_->reset();
    ASSERT_TRUE(until([&] { return there().size() >= 3; })) << "what was not settled comes to the other";
    EXPECT_THAT(there(), ::testing::IsSupersetOf({"news3", "news4", "news5"}));
    // `here` comes back, publishes what is committed meanwhile, and waits for its turn.
    publish(2);
    EXPECT_TRUE(until([&] { return there().contains("news7"); }));
    EXPECT_EQ(distinct().size(), 5u);
}

TEST_P(bus_rabbitmq_processes, OneThatStopsLetsTheOtherGoOnAtOnce)
{
    run_both();
    publish(2);
    ASSERT_TRUE(arrive(2));
    bus_->stop(); // and the process has not ended: what it was given is still its own
    EXPECT_EQ(on_the_way(), std::nullopt) << "asked behind the end of its consumers";
    server().publish_to("edm.news", "application/cloudevents+json", whole_event("news", "late", 1)->bytes);
    ASSERT_TRUE(until([&] { return there().contains("late"); }));
    EXPECT_THAT(other_reads_.got, SizeIs(1));
    settle(0);
    settle(1);
    settle_down();
    bus_.reset();
    // Nothing of what was settled while it stopped comes again: this one is behind all of it.
    server().publish_to("edm.news", "application/cloudevents+json", whole_event("news", "later", 1)->bytes);
    ASSERT_TRUE(until([&] { return there().contains("later"); }));
    EXPECT_THAT(other_reads_.keys(), ElementsAre("late", "later"));
    bus_ = engine_under_test_->make(both(), *context_);
}

TEST_P(bus_rabbitmq_processes, WhatAnotherWasGivenAndDidNotSettleMayHaveEndedIt)
{
    ASSERT_TRUE(context_->await(other_sink_->note_now("clean/sink.reads", 1), false)); // somebody's orderly end
    run_both();
    publish(2);
    ASSERT_TRUE(arrive(2));
    between_->reset();
    ASSERT_TRUE(until([&] { return other_reads_.got.size() >= 2; }));
    EXPECT_TRUE(other_reads_.got[0].suspect);
    EXPECT_TRUE(other_reads_.got[1].suspect);
    publish(1);
    ASSERT_TRUE(until([&] { return there().contains("news3"); }));
    EXPECT_FALSE(other_reads_.got.back().suspect) << "nobody was given it before";
}

TEST_P(bus_rabbitmq_processes, OneThatStoppedHearsNoBroadcast)
{
    std::atomic<int> own{0}, other{0};
    bus_->on_broadcast([&](std::string_view) { ++own; });
    there_->on_broadcast([&](std::string_view) { ++other; });
    run_both();
    ASSERT_TRUE(until([&] { // its own come to each at once
        there_->broadcast("are you there?");
        return own > 0;
    }));
    bus_->stop();
    auto before = own.load();
    auto third = bus_rabbitmq::make_bus({.urls = server().url(), .stores = {}, .contexts = {context_.get()}});
    context_->await(third->open({}), false);
    auto heard = other.load();
    ASSERT_TRUE(until([&] {
        third->broadcast("anybody?");
        return other > heard + 100;
    }));
    EXPECT_EQ(own, before) << "what it would tell may be gone";
    third->stop();
}

task<> ask(bus& b, int& ended)
{
    co_await b.ask_baseline({"sink.reads"});
    ++ended;
}

TEST_P(bus_rabbitmq_processes, BothMayAskForTheSameBaselineAtOnce)
{
    run_both();
    passes_.clear();
    context_->post([this] {
        spawn(ask(*bus_, ended_));
        spawn(ask(*there_, ended_));
    });
    ASSERT_TRUE(until([&] { return ended_ == 2; })) << "also the one to whom the end of its pass did not come";
    EXPECT_THAT(passes_, SizeIs(2));
}

task<> ask_for_rebuild(bus& b, std::string& refusal)
{
    try {
        co_await b.ask_baseline({.subscription = "sink.reads", .rebuild = true});
    } catch (const std::runtime_error& e) {
        refusal = e.what();
    }
}

TEST_P(bus_rabbitmq_processes, ARebuildThatNobodyCanMakeIsToldAndMadeLater)
{
    context_->await(there_->open(topology_), false);
    there_->consume("sink.reads", other_reads_);
    std::string refusal;
    context_->post([&] { spawn(ask_for_rebuild(*there_, refusal)); });
    ASSERT_TRUE(until([&] {
        context_->advance(std::chrono::milliseconds{100});
        return !refusal.empty();
    }));
    EXPECT_THAT(refusal, ::testing::HasSubstr("no process runs source"));
    context_->await(bus_->open(topology_), false);
    EXPECT_TRUE(until([&] { return rebuilds_ == 1; }));
    bus_->consume("sink.reads", reads_);
}

TEST_P(bus_rabbitmq_processes, ABroadcastReachesTheOtherAndTheOwnOnce)
{
    std::mutex mutex; // they come on the buses' own threads
    std::vector<std::string> own, other;
    bus_->on_broadcast([&](std::string_view m) {
        std::lock_guard lock(mutex);
        own.emplace_back(m);
    });
    there_->on_broadcast([&](std::string_view m) {
        std::lock_guard lock(mutex);
        other.emplace_back(m);
    });
    run_both();
    auto heard = [&](std::vector<std::string>& by, const std::string& last) {
        return until([&] {
            std::lock_guard lock(mutex);
            return !by.empty() && by.back() == last;
        });
    };
    // A process hears others once its own queue for them exists.
    std::size_t tries = 0; // a handler that has heard more than its own said has heard the other
    ASSERT_TRUE(until([&] {
        ++tries;
        bus_->broadcast("are you there?");
        there_->broadcast("are you there?");
        std::lock_guard lock(mutex);
        return own.size() > tries && other.size() > tries;
    }));
    bus_->broadcast("from here");
    ASSERT_TRUE(heard(other, "from here"));
    there_->broadcast("from there");
    ASSERT_TRUE(heard(own, "from there"));
    std::lock_guard lock(mutex);
    EXPECT_EQ(std::ranges::count(own, "from here"), 1) << "its own comes at once, and not from the broker again";
    EXPECT_EQ(std::ranges::count(other, "from here"), 1);
    EXPECT_EQ(std::ranges::count(other, "from there"), 1);
}

} // namespace

} // namespace edm::conformance
