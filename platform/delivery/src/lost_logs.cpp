#include "impl.hpp"

#include <edm/observability/log.hpp>

#include <set>

namespace edm {

/// Nobody can have read further in a log than it reaches. Where a cursor lies beyond the end, the publisher's store was
/// lost or an older copy of it was put back: counters that start again would look like repeats to everyone. It begins a
/// new epoch, as after a restore: its readers and its own subscriptions start from baselines, and nothing is lost in
/// silence (rule 10, DESIGN §5).
task<> delivery::impl::look_for_lost_logs()
{
    std::set<service_state*> lost;
    for (const auto& to : parts_.declared->subscriptions) {
        const auto* topic = parts_.declared->topic(to.topic);
        auto reader = services_.find(to.service), publisher = services_.find(topic->service);
        if (reader == services_.end() || publisher == services_.end())
            continue;
        auto& log = *publisher->second.store;
        auto cursor = reader->second.store->noted("cursor/" + to.name);
        bool same_log = reader->second.store->noted("epoch/" + to.name) == std::int64_t{log.epoch()};
        if (!cursor || !same_log || static_cast<std::uint64_t>(*cursor) <= log.tail())
            continue;
        observability::log::error(
            "log_is_shorter_than_what_was_read",
            {{"service", topic->service}, {"ends_at", log.tail()}, {"subscription", to.name}, {"has_read", *cursor}});
        lost.insert(&publisher->second);
    }
    for (auto* s : lost) {
        auto seconds = static_cast<std::uint32_t>(now_ms() / 1000);
        auto epoch = std::max(s->store->epoch() + 1, seconds);
        // Its own cursors first: a death between the two leaves the log found short again.
        stored<nothing> begun;
        for (const auto& to : parts_.declared->subscriptions)
            if (begun && to.service == s->name)
                begun = co_await s->store->note_now("cursor/" + to.name, std::nullopt);
        if (begun)
            begun = co_await s->store->begin_epoch(epoch);
        if (!begun)
            throw std::runtime_error(s->name + ": its store is older than what others read from it, and cannot be "
                                               "written to begin a new epoch");
        observability::log::error("epoch_begun", {{"service", s->name}, {"epoch", std::uint64_t{epoch}}});
    }
}

} // namespace edm
