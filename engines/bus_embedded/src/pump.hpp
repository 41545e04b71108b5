#pragma once

#include <edm/bus/bus.hpp>
#include <edm/core/executor.hpp>
#include <edm/store/store.hpp>

#include <deque>
#include <map>
#include <memory>
#include <mutex>

namespace edm::bus_embedded {

/// One subscription's way through its publisher's log: what was read, what is in flight, and the cursor below which
/// everything is settled. Thread-safe.
class pump
{
  public:
    pump(subscription_route route, store& publisher, store& subscriber, executor& home);

    /// Fixes where the subscription starts: at its cursor, or, where that is new or lost, at the log's end with a
    /// baseline asked for.
    task<> open();
    bool baseline_wanted() const;
    task<> want_baseline();
    task<> baseline_done();

    void start(consumer& to);
    void hint();
    void settled(std::uint64_t position);
    void pause();
    void resume();
    void stop();
    task<> send(std::vector<event_ptr> events);

    const subscription_route& route() const { return route_; }
    executor& home() const { return home_; }
    bool stopped() const;
    /// How many events of the log are neither applied nor parked.
    std::uint64_t behind() const;
    /// How many were handed out and are neither applied nor parked, sent to this subscription alone or not.
    std::uint64_t unsettled() const;

  private:
    struct flight
    {
        std::uint64_t position;
        bool settled;
    };
    struct direct_batch
    {
        std::size_t left;
        resumption<bool> done;
    };

    task<> run();
    void schedule(std::unique_lock<std::mutex>& lock);
    void advance();
    void note_clean();
    void settled_directly(std::uint64_t position);

    subscription_route route_;
    store& publisher_;
    store& subscriber_;
    executor& home_;
    consumer* consumer_ = nullptr;

    mutable std::mutex mutex_;
    std::uint64_t read_ = 0;           ///< the last position that was read
    std::uint64_t noted_ = 0;          ///< the cursor as it was last noted
    std::uint64_t suspect_until_ = 0;  ///< where the log ended when the process before ended uncleanly
    bool baseline_is_suspect_ = false; ///< a pass was under way then
    std::size_t suspects_left_ = 0;    ///< events up to there that may have been begun
    std::deque<flight> in_flight_;
    std::size_t unsettled_ = 0;
    bool running_ = false, hinted_ = false, paused_ = false, stopped_ = false;
    std::map<std::uint64_t, std::shared_ptr<direct_batch>> direct_;
    std::uint64_t next_direct_ = 1;
};

} // namespace edm::bus_embedded
