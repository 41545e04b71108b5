#pragma once

#include "bus_fixture.hpp"
#include "gate.hpp"
#include "rabbitmq_bus.hpp"

#include <optional>
#include <set>

namespace edm::conformance {

inline const bus_kind rabbitmq_kinds[] = {
    {"rabbitmq", true, store_kinds[0].make, make_rabbitmq, rabbitmq_server::missing}};

/// The bus by way of RabbitMQ, for what no other engine has.
class rabbitmq_conformance : public bus_conformance
{
  protected:
    static rabbitmq_server& server() { return *rabbitmq_server::get(); }

    /// One line, for a process that cannot start with these URLs.
    std::string refusal(const std::string& urls, const std::string& authorities = {})
    {
        try {
            auto refused = bus_rabbitmq::make_bus(
                {.urls = urls, .stores = both(), .contexts = {context_.get()}, .authorities = authorities});
            context_->await(refused->open(declared()), false);
        } catch (const std::runtime_error& e) {
            return e.what();
        }
        return "it started";
    }
    /// The bus of the next `run` goes by these brokers.
    void go_by(const std::string& urls, const std::string& authorities = {}, bool sole_owner = false)
    {
        bus_ = bus_rabbitmq::make_bus({.urls = urls,
                                       .stores = both(),
                                       .contexts = {context_.get()},
                                       .authorities = authorities,
                                       .heartbeat_seconds = 2,
                                       .sole_owner = sole_owner});
        reads_.from = bus_.get();
        on_passes([this](baseline_request wanted) -> task<> {
            rebuilds_ += wanted.rebuild;
            passes_.push_back(std::move(wanted.subscription));
            co_return;
        });
    }
    /// `run`, with a subscription the other way too: `source.answers`, to `answers` of `sink`.
    void run_both_ways()
    {
        topology_.subscriptions.push_back({"source.answers", "source", "answers", "sink"});
        answers_.from = bus_.get();
        bus_->on_baseline("sink", [](baseline_request) -> task<> { co_return; });
        context_->await(bus_->open(topology_), false);
        bus_->consume("sink.reads", reads_);
        bus_->consume("source.answers", answers_);
        ASSERT_TRUE(until([&] { return !passes_.empty() && !source_->noted("baseline/source.answers"); }));
    }
    /// While there is one the broker takes nothing.
    void disk_alarm(bool on)
    {
        ASSERT_EQ(server().control({"set_disk_free_limit", on ? "1000000000000000" : "1000000"}), 0);
    }
    bool arrive(std::size_t events)
    {
        return until([&] { return reads_.got.size() >= events; });
    }
    std::set<std::string> distinct() const
    {
        auto all = reads_.keys();
        return {all.begin(), all.end()};
    }

    recorder answers_; ///< of `source.answers`
};

/// The same with a gate before the server, which can cut, stall and deafen connections.
class rabbitmq_behind_gate : public rabbitmq_conformance
{
  protected:
    void SetUp() override
    {
        rabbitmq_conformance::SetUp();
        if (!IsSkipped())
            between_.emplace(server().port());
    }
    std::string through() const { return "amqp://guest:guest@127.0.0.1:" + std::to_string(between_->port()); }

    std::optional<gate> between_;
};

} // namespace edm::conformance
