#include "names.hpp"
#include "publisher.hpp"

#include <edm/observability/log.hpp>

#include <algorithm>

/// A publisher's store that was lost while the broker kept what its readers have: its counters start again, and would
/// look like repeats to everyone. It begins a new epoch before anything is committed, as after a restore (DESIGN §5).
namespace edm::bus_rabbitmq {

namespace log = observability::log;

/// An engine whose stores begin with the time as their epoch needs no other.
bool publisher::is_first_epoch(const relay& r)
{
    return !r.renewed && r.log->epoch() == 1;
}

task<> publisher::begin_epoch(relay& r)
{
    r.renewed = true;
    auto now = with_.environment.now().time_since_epoch();
    auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
    auto epoch = std::max(r.log->epoch() + 1, static_cast<std::uint32_t>(seconds));
    auto begun = co_await r.log->begin_epoch(epoch);
    if (!begun) {
        r.renewed = false;
        throw std::runtime_error(r.service + ": its store cannot be written to begin a new epoch");
    }
    log::warning("epoch_begun", {{"service", r.service}, {"epoch", std::uint64_t{epoch}}});
}

task<> publisher::begin_epochs_here(resumption<std::string> done)
{
    std::string problem;
    try {
        for (auto& [name, r] : relays_)
            if (!r->remembers && is_first_epoch(*r))
                co_await begin_epoch(*r);
    } catch (const std::exception& e) {
        problem = e.what();
    }
    done(std::move(problem));
}

task<> publisher::begin_epochs()
{
    auto problem = co_await callback<std::string>(
        [this](resumption<std::string> done) { post([this, done] { spawn(begin_epochs_here(done)); }); });
    if (!problem.empty())
        throw std::runtime_error(problem);
}

/// Before anything is published. Where the broker knows a log whose store knows of no broker, the log's readers are
/// further than it: each is sent a baseline in the new epoch.
task<> publisher::look_for_lost_stores()
{
    for (auto& [name, r] : relays_) {
        if (r->remembers || !at().exchange_exists(looking, log_exchange_of(name)))
            continue;
        log::error("store_was_lost", {{"service", name}, {"broker_has", log_exchange_of(name)}});
        if (is_first_epoch(*r))
            co_await begin_epoch(*r);
        for (const auto& route : declared_.subscriptions)
            if (route.publisher == name)
                renew_.insert(route.subscription);
    }
}

/// After all that is asked for by `look_for_lost_stores`.
task<> publisher::remember()
{
    for (auto& [name, r] : relays_) {
        at().declare_exchange(looking, log_exchange_of(name), true);
        if (r->remembers)
            continue;
        auto noted = co_await r->log->note_now(relayed_note, std::int64_t{r->log->epoch()});
        if (!noted)
            throw std::runtime_error(name + ": its store cannot be written");
        r->remembers = true;
    }
}

} // namespace edm::bus_rabbitmq
