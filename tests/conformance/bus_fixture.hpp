#pragma once

#include "buses.hpp"

#include <edm/testing/loop.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace edm::conformance {

/// Keeps what it is handed until the test settles it.
class recorder final : public consumer
{
  public:
    void deliver(std::vector<delivered_event> events) override
    {
        for (auto& e : events) {
            if (e.event->key != fence_key) {
                got.push_back(std::move(e));
                continue;
            }
            ++fences;
            from->settled("sink.reads", e.position);
        }
    }
    std::vector<std::string> keys() const
    {
        std::vector<std::string> out;
        for (const auto& e : got)
            out.push_back(e.event->key);
        return out;
    }
    std::vector<delivered_event> got;
    bus* from = nullptr;
    int fences = 0; ///< messages of the test itself, behind which everything has come
};

/// Two services, `source` that publishes `news` and `other`, and `sink` with the subscription `sink.reads` to `news`.
class bus_conformance : public ::testing::TestWithParam<bus_kind>
{
  protected:
    void SetUp() override
    {
        if (auto missing = GetParam().missing(); !missing.empty())
            GTEST_SKIP() << missing;
        home_ = GetParam().stores();
        engine_under_test_ = GetParam().make();
        boot();
    }
    void TearDown() override { end(); }
    /// Whether the bus is a server beside us: an event is then safe once that has confirmed it.
    bool foreign() const { return GetParam().foreign; }

    static topology declared()
    {
        topology t;
        t.subscriptions.push_back({"sink.reads", "sink", "news", "source"});
        return t;
    }
    std::map<std::string, store*, std::less<>> both() const
    {
        return {{"source", source_.get()}, {"sink", sink_.get()}};
    }

    /// A process starts; `run` opens its bus and consumes.
    void boot()
    {
        engine_ = home_->engine();
        source_ = engine_->open("source", {{"documents", {}}});
        sink_ = engine_->open("sink", {{"documents", {}}});
        context_ = std::make_unique<testing::loop>(clock_);
        bus_ = engine_under_test_->make(both(), *context_);
        reads_ = recorder{};
        reads_.from = bus_.get();
        settled_ = 0;
        passes_.clear();
        on_passes([this](baseline_request wanted) { return make_pass(std::move(wanted)); });
    }
    /// Whoever makes a pass of `source` holds what it was given here until the bus is done with the pass.
    void on_passes(std::function<task<>(baseline_request)> make)
    {
        bus_->on_baseline("source", [make = std::move(make), held = held_by_passes_](baseline_request wanted) {
            return make(std::move(wanted));
        });
        held_at_rest_ = held_by_passes_.use_count();
    }
    bool passes_ended() const { return held_by_passes_.use_count() <= held_at_rest_; }
    void run()
    {
        context_->await(bus_->open(topology_), !foreign());
        bus_->consume("sink.reads", reads_);
        running_ = true;
        settle_down();
    }
    /// Lets everything come about that was begun. A write goes through a store's queue behind what was handed over
    /// before it, so this waits for the stores and not for time.
    void settle_down()
    {
        for (int round = 0; round != 3; ++round) {
            for (auto* s : {source_.get(), sink_.get()})
                EXPECT_TRUE(context_->await(s->note_now("settled-down", round), false));
            context_->run_ready();
        }
        if (foreign() && running_)
            wait_for_the_server();
    }
    /// A message behind all others tells that they have come; a full window lets it wait.
    void wait_for_the_server()
    {
        EXPECT_TRUE(until([this] { return bus_->backlog("source").events == 0; })) << "all is confirmed";
        if (passes_fail_)
            EXPECT_TRUE(until([this] { return !passes_.empty(); }));
        else
            EXPECT_TRUE(until([this] { return !sink_->noted("baseline/sink.reads"); })) << "a pass is complete";
        if (quiet_)
            return;
        auto before = reads_.fences;
        engine_under_test_->fence("sink.reads");
        EXPECT_TRUE(until([&] { return reads_.fences > before || reads_.got.size() - settled_ >= bus::window; }));
    }
    /// The one bounded wait, for a server that is not ours.
    template <class Condition>
    bool until(Condition holds)
    {
        auto last = std::chrono::steady_clock::now() + std::chrono::seconds{30};
        for (;;) {
            context_->run_ready();
            if (holds())
                return true;
            if (std::chrono::steady_clock::now() > last)
                return false;
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        }
    }
    void pass(milliseconds time)
    {
        if (foreign()) {
            EXPECT_TRUE(until([&] {
                context_->advance(time);
                return !sink_->noted("baseline/sink.reads");
            }));
            return;
        }
        context_->advance(time);
        settle_down();
    }
    /// The process ends without having been told to stop.
    void die()
    {
        running_ = false;
        settle_down();
        if (foreign() && bus_ && !passes_fail_) // a pass that waits for a confirm would stay behind
            EXPECT_TRUE(until([this] { return passes_ended(); }));
        bus_.reset();
        source_.reset();
        sink_.reset();
        engine_.reset();
        context_.reset();
        quiet_ = false;
    }
    /// The process ends in order.
    void end()
    {
        if (!context_)
            return;
        bus_->stop();
        die();
    }
    void restart()
    {
        end();
        boot();
        run();
    }
    void pause()
    {
        bus_->pause("sink.reads");
        quiet_ = true;
    }
    void resume()
    {
        bus_->resume("sink.reads");
        quiet_ = false;
        settle_down();
    }
    void stop()
    {
        bus_->stop();
        running_ = false;
    }

    void publish(int events, const std::string& topic = "news")
    {
        for (int i = 0; i != events; ++i) {
            auto id = topic + std::to_string(++published_);
            edm::commit c{.id = id, .value = "v", .envelope = {.counters = {{topic, 1, 1}}}};
            c.events.push_back(whole_event(topic, id, 1));
            ASSERT_TRUE(context_->await(source_->commit(std::move(c)), false));
        }
        settle_down();
    }
    void publish_together(int events, const std::string& topic, const std::string& prefix)
    {
        std::vector<edm::commit> many;
        for (int i = 0; i != events; ++i) {
            auto id = prefix + std::to_string(i);
            many.push_back({.id = id, .value = "v", .envelope = {}});
            many.back().events.push_back(whole_event(topic, id, 1));
        }
        context_->await(source_->commit_many(std::move(many)), false);
        settle_down();
    }
    std::optional<std::uint64_t> on_the_way() { return context_->await(bus_->on_the_way("sink.reads"), !foreign()); }
    void settle(std::size_t nth)
    {
        bus_->settled("sink.reads", reads_.got[nth].position);
        ++settled_;
        context_->run_ready();
    }
    void settle_all()
    {
        for (std::size_t i = 0; i != reads_.got.size(); ++i)
            settle(i);
        settle_down();
    }

    topology topology_ = declared(); ///< of the next `run`
    std::unique_ptr<store_home> home_;
    std::unique_ptr<bus_under_test> engine_under_test_;
    testing::manual_clock clock_;
    std::unique_ptr<store_engine> engine_;
    std::unique_ptr<store> source_, sink_;
    std::unique_ptr<testing::loop> context_;
    std::unique_ptr<bus> bus_;
    recorder reads_;
    std::size_t settled_ = 0;
    std::vector<std::string> passes_; ///< baseline passes that were asked for
    int rebuilds_ = 0;                ///< of them
    bool passes_fail_ = false;
    bool running_ = false;
    bool quiet_ = false; ///< nothing is handed out, so no message of ours can tell anything
    int published_ = 0;
    std::shared_ptr<int> held_by_passes_ = std::make_shared<int>();
    long held_at_rest_ = 0;

  private:
    task<> make_pass(baseline_request wanted)
    {
        rebuilds_ += wanted.rebuild;
        passes_.push_back(std::move(wanted.subscription));
        if (passes_fail_)
            throw std::runtime_error("the pass was interrupted");
        co_return;
    }
};

} // namespace edm::conformance
