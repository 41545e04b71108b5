#pragma once

#include "stores.hpp"

#include <edm/bus_embedded/bus_embedded.hpp>
#include <edm/testing/loop.hpp>

#include <gtest/gtest.h>

namespace edm::conformance {

/// Keeps what it is handed until the test settles it.
class recorder final : public consumer
{
  public:
    void deliver(std::vector<delivered_event> events) override
    {
        for (auto& e : events)
            got.push_back(std::move(e));
    }
    std::vector<std::string> bytes() const
    {
        std::vector<std::string> out;
        for (const auto& e : got)
            out.push_back(e.event->bytes);
        return out;
    }
    std::vector<delivered_event> got;
};

/// Two services, `source` that publishes `news` and `other`, and `sink` with the subscription `sink.reads` to `news`.
class bus_conformance : public ::testing::TestWithParam<store_kind>
{
  protected:
    bus_conformance() : home_(GetParam().make()) { boot(); }
    ~bus_conformance() override { end(); }

    static topology declared()
    {
        topology t;
        t.subscriptions.push_back({"sink.reads", "sink", "news", "source"});
        return t;
    }

    /// A process starts; `run` opens its bus and consumes.
    void boot()
    {
        engine_ = home_->engine();
        source_ = engine_->open("source", {{"documents", {}}});
        sink_ = engine_->open("sink", {{"documents", {}}});
        context_ = std::make_unique<testing::loop>(clock_);
        bus_ = bus_embedded::make_bus(
            {.stores = {{"source", source_.get()}, {"sink", sink_.get()}}, .contexts = {context_.get()}});
        reads_ = recorder{};
        passes_.clear();
        bus_->on_baseline("source", [this](std::string subscription) { return make_pass(std::move(subscription)); });
    }
    void run()
    {
        context_->await(bus_->open(declared()));
        bus_->consume("sink.reads", reads_);
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
    }
    void pass(milliseconds time)
    {
        context_->advance(time);
        settle_down();
    }
    /// The process ends without having been told to stop.
    void die()
    {
        settle_down();
        bus_.reset();
        source_.reset();
        sink_.reset();
        engine_.reset();
        context_.reset();
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

    void publish(int events, const std::string& topic = "news")
    {
        for (int i = 0; i != events; ++i) {
            auto id = topic + std::to_string(++published_);
            edm::commit c{.id = id, .value = "v", .envelope = {.counters = {{topic, 1, 1}}}};
            c.events.push_back(some_event(topic, id, 1, id));
            ASSERT_TRUE(context_->await(source_->commit(std::move(c)), false));
        }
        settle_down();
    }
    void settle(std::size_t nth)
    {
        bus_->settled("sink.reads", reads_.got[nth].position);
        context_->run_ready();
    }
    void settle_all()
    {
        for (std::size_t i = 0; i != reads_.got.size(); ++i)
            settle(i);
    }

    std::unique_ptr<store_home> home_;
    testing::manual_clock clock_;
    std::unique_ptr<store_engine> engine_;
    std::unique_ptr<store> source_, sink_;
    std::unique_ptr<testing::loop> context_;
    std::unique_ptr<bus> bus_;
    recorder reads_;
    std::vector<std::string> passes_; ///< baseline passes that were asked for
    bool passes_fail_ = false;
    int published_ = 0;

  private:
    task<> make_pass(std::string subscription)
    {
        passes_.push_back(subscription);
        if (passes_fail_)
            throw std::runtime_error("the pass was interrupted");
        co_return;
    }
};

} // namespace edm::conformance
