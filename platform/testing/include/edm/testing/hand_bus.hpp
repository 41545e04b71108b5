#pragma once

#include <edm/bus/bus.hpp>

#include <cstdint>
#include <set>
#include <utility>

namespace edm::testing {

/// A bus that carries nothing by itself: the test hands events to `to`, and looks at what was settled. Not thread-safe.
class hand_bus final : public bus
{
  public:
    consumer* to = nullptr;
    std::set<std::uint64_t> settled_positions;
    topology opened;

    task<> open(topology declared) override
    {
        opened = std::move(declared);
        co_return;
    }
    void consume(std::string_view, consumer& c) override { to = &c; }
    void settled(std::string_view, std::uint64_t position) override { settled_positions.insert(position); }
    void committed(std::string_view) override {}
    void pause(std::string_view) override {}
    void resume(std::string_view) override {}
    task<> ask_baseline(baseline_request) override { co_return; }
    void on_baseline(std::string_view, std::function<task<>(baseline_request)>) override {}
    task<> send_to(std::string_view, std::vector<event_ptr>) override { co_return; }
    void broadcast(std::string) override {}
    void on_broadcast(std::function<void(std::string_view)>) override {}
    backlog_depth backlog(std::string_view) const override { return {}; }
    std::optional<std::string> trouble() const override { return {}; }
    task<std::optional<std::uint64_t>> on_the_way(std::string) override { co_return 0; }
    task<bool> remove(std::string) override { co_return true; }
    void stop() override {}
};

} // namespace edm::testing
