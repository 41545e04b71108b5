#pragma once

#include <edm/bus/event.hpp>
#include <edm/core/task.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace edm {

/// Which subscription takes which topic of which publisher. The whole declared topology, whatever this process runs.
struct subscription_route
{
    std::string subscription; ///< `<service>.<name>`
    std::string service;      ///< the subscriber
    std::string topic;
    std::string publisher; ///< the service that publishes the topic; empty: a foreign program does
    bool runs_here = true;
    std::vector<std::string> formerly{}; ///< names that the subscription had before
};

struct topology
{
    std::vector<subscription_route> subscriptions;
};

/// An event on its way to a subscription. `position` is the engine's own handle for `settled`.
struct delivered_event
{
    event_ptr event;
    std::uint64_t position = 0;
    bool suspect = false; ///< may have been begun before an unclean end: counts as an attempt before it runs
};

/// What delivery gives to a bus for each subscription that runs here.
class consumer
{
  public:
    virtual ~consumer() = default;
    /// Takes events in order; each is settled once, from any thread, by the bus's `settled(subscription, position)`.
    virtual void deliver(std::vector<delivered_event> events) = 0;
};

struct backlog_depth
{
    /// Committed, and not yet safe: neither applied nor parked by the slowest subscription, or, where a server keeps
    /// what is on its way, not confirmed by it.
    std::uint64_t events = 0;
};

/// The present state of every key of a subscription's topic, for it alone. The request outlives the process that asks.
struct baseline_request
{
    std::string subscription;
    bool rebuild = false; ///< its events say so, and whoever is given them applies them at their marks too
};

/// Moves bytes from publishers to subscriptions and owns window and acknowledgement. An engine never decides: order,
/// duplicates, retries and baselines are delivery's. Thread-safe.
class bus
{
  public:
    static constexpr std::size_t window = 1000; ///< events in memory per subscription

    virtual ~bus() = default;

    /// Returns when all that the topology declares exists: only then may events be published.
    virtual task<> open(topology declared) = 0;
    /// Starts handing events to `to`, from where the subscription last stood.
    virtual void consume(std::string_view subscription, consumer& to) = 0;
    /// The event at `position` was applied or parked, durably.
    virtual void settled(std::string_view subscription, std::uint64_t position) = 0;
    /// A hint that `service` has committed events. Losing it is harmless: the store lists what is pending.
    virtual void committed(std::string_view service) = 0;
    /// While paused nothing new is handed out (the subscriber's store is away).
    virtual void pause(std::string_view subscription) = 0;
    virtual void resume(std::string_view subscription) = 0;

    /// Asks the topic's publisher for a baseline for this subscription alone; fixes its start first (rule 10). Returns
    /// when the pass is complete and all of it is settled; throws where it was cut short, and the request stands then.
    virtual task<> ask_baseline(baseline_request wanted) = 0;
    /// `handler(wanted)` makes the pass for topics that `service` publishes: it pages the documents and calls
    /// `send_to`. When it returns, the pass is complete and recorded so; when it throws, the request stands.
    virtual void on_baseline(std::string_view service, std::function<task<>(baseline_request wanted)> handler) = 0;
    /// Hands events to one subscription alone; returns once they cannot be lost: settled, or confirmed by the server
    /// that keeps what is on its way. Throws where neither is certain.
    virtual task<> send_to(std::string_view subscription, std::vector<event_ptr> events) = 0;

    /// Transient, to every process: wakes readers (SSE streams, `Edm-After`). May be lost.
    virtual void broadcast(std::string message) = 0;
    virtual void on_broadcast(std::function<void(std::string_view)> handler) = 0;

    virtual backlog_depth backlog(std::string_view service) const = 0;
    /// Why what is published waits at present, in one sentence: the server is away, or refuses it, or takes nothing for
    /// now. None where nothing is in its way.
    virtual std::optional<std::string> trouble() const = 0;
    /// How many events for a subscription that runs here are on their way beyond the publisher's log: kept for it by
    /// the server, or handed to this process, and not settled. Whoever reads the publisher's counters and the log
    /// before, and marks and parked events after, misses none. What the server handed to another process that runs the
    /// subscription too is that one's to tell. None where it cannot be known now.
    virtual task<std::optional<std::uint64_t>> on_the_way(std::string subscription) = 0;
    /// Forgets a subscription that nobody declares any more, and what is kept for it. False where that cannot be done
    /// now.
    virtual task<bool> remove(std::string subscription) = 0;
    /// Stops handing out events; what is in flight still settles.
    virtual void stop() = 0;
};

} // namespace edm
