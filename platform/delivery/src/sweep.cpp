#include "impl.hpp"
#include "subscriber.hpp"

#include <spdlog/spdlog.h>

namespace edm {

void delivery::impl::sweep_later()
{
    parts_.contexts.front()->after(parts_.retry.gap, [this] {
        if (!stopped_.load())
            spawn(sweep());
    });
}

/// Looks at everything that has a time: parked events, gaps too, and overdue work. It is what makes a crash between two
/// steps harmless: nothing waits for ever.
task<> delivery::impl::sweep()
{
    try {
        for (auto& [name, s] : services_) {
            co_await sweep_parked(s);
            co_await sweep_due(s);
            co_await prune(s);
        }
    } catch (const std::exception& e) {
        spdlog::error("sweep: {}", e.what());
    }
    sweep_later();
}

task<> delivery::impl::sweep_parked(service_state& s)
{
    constexpr std::size_t page_size = 500;
    constexpr int most = 1'000; // in memory (rule 13); the next sweep goes on
    int queued = 0;
    constexpr sequence end_of_key{UINT32_MAX, INT64_MAX};
    // The first of each key that is due: when it is applied, the key's others follow it.
    std::optional<parked_event> last;
    for (;;) {
        auto due = co_await s.store->parked({.due_before = now_ms()}, last, page_size);
        if (!due)
            co_return;
        bool more = due->size() == page_size;
        for (auto& e : *due) {
            if (last && last->subscription == e.subscription && last->key == e.key)
                continue;
            last = e;
            last->sequence = end_of_key;
            auto to = subscribers_.find(e.subscription);
            if (to == subscribers_.end())
                continue;
            to->second->again(std::move(e));
            if (++queued == most)
                co_return;
        }
        if (!more)
            co_return;
    }
}

/// Up to where no declared subscription needs the log any more, by the cursors on disk.
std::uint64_t delivery::impl::read_by_all(const service_state& s) const
{
    auto limit = s.store->tail();
    for (const auto& to : parts_.declared->subscriptions) {
        const auto* topic = parts_.declared->topic(to.topic);
        if (!topic || topic->service != s.name)
            continue;
        auto subscriber = services_.find(to.service);
        auto cursor = subscriber == services_.end() ? s.store->noted_on_disk("reader/" + to.name)
                                                    : subscriber->second.store->noted_on_disk("cursor/" + to.name);
        limit = std::min(limit, static_cast<std::uint64_t>(cursor.value_or(0)));
    }
    return limit;
}

/// Events stay for the history's length. Where positions do not last there is no cursor: what is filed away was taken.
task<> delivery::impl::prune(service_state& s)
{
    constexpr milliseconds rest{60'000};
    auto now = parts_.environment.now();
    if (now - s.pruned < rest)
        co_return;
    auto limit = s.store->positions_last() ? read_by_all(s) : UINT64_MAX;
    if (limit == 0)
        co_return;
    // Small batches, so that commits come between; enough of them to keep up with any rate of publishing.
    constexpr std::size_t batch = 500;
    auto before = now - parts_.event_history;
    for (int i = 0; i != 100; ++i) {
        auto gone = co_await s.store->prune(limit, before, batch);
        if (!gone)
            co_return; // a store that is away prunes another time
        if (*gone < batch) {
            s.pruned = now;
            co_return;
        }
    }
}

} // namespace edm
