#pragma once

#include "connection.hpp"
#include "cursors.hpp"

#include <edm/core/executor.hpp>

#include <deque>
#include <functional>
#include <mutex>
#include <unordered_set>
#include <vector>

namespace edm::bus_rabbitmq {

/// A message to acknowledge. With `multiple`: all of this channel up to it.
struct acknowledgement
{
    std::uint64_t tag;
    bool multiple;
};

/// One subscription that runs here: what its queue has given, what of it was handed out, and what is settled.
/// Thread-safe. The connection itself is the consuming link's.
class stream
{
  public:
    /// @param alone whether no other process has the subscriber's store
    stream(subscription_route route, executor& home, store& subscriber, cursors& positions, bool alone);

    /// Reads whether the process before ended with nothing in flight. Before `start`.
    task<> open();
    void start(consumer& to);
    bool started() const;

    /// The channel is a new one: what was handed out and not settled comes again; that it was begun here is no reason
    /// for suspicion, as the process lives.
    void begin(std::uint64_t generation);
    /// A message came; its parts are taken. False where nothing can be made of it: it is as it was, and is
    /// acknowledged by `settled(position_of(tag))` once it lies elsewhere.
    bool take(std::uint64_t tag, bool redelivered, received& message);
    /// Of a message of the present generation. On the link's thread.
    std::uint64_t position_of(std::uint64_t tag) const { return generation_ << 44 | tag; }
    /// Hands out what came.
    void hand_out();

    void settled(std::uint64_t position);
    /// What came and is not settled.
    std::uint64_t unsettled() const;
    /// What is to be acknowledged now, in the present generation.
    std::vector<acknowledgement> acknowledgements(std::uint64_t generation);
    void pause();
    void resume();
    void stop();

    /// Called, from any thread, when there is something to acknowledge.
    std::function<void()> on_settled{};
    /// The end of a baseline pass, with all before it settled. Its message is acknowledged by `settled(position)`.
    std::function<void(std::string request, std::uint64_t position)> on_baseline_end{};

    const subscription_route& route() const { return route_; }
    executor& home() const { return home_; }

  private:
    struct flight
    {
        std::uint64_t tag;
        std::uint64_t log_position;
        std::string id;      ///< of the event; of the request at the end of a baseline
        bool marker = false; ///< the end of a baseline
        bool told = false;   ///< a marker, that it is its turn
        bool unreadable = false;
        bool handed = false;
        bool settled = false;
    };

    std::size_t busy() const { return handed_ + orphans_.size(); }
    void advance(std::unique_lock<std::mutex>& lock);
    void note_clean();
    void deliver_here();

    subscription_route route_;
    executor& home_;
    store& subscriber_;
    cursors& positions_;
    const bool alone_;
    consumer* consumer_ = nullptr;

    mutable std::mutex mutex_;
    std::uint64_t generation_ = 0;
    std::deque<flight> in_flight_;
    std::deque<delivered_event> ready_; ///< not handed out yet
    std::size_t handed_ = 0;            ///< of `in_flight_`, handed out and not settled
    std::vector<std::uint64_t> to_acknowledge_;
    std::uint64_t settled_up_to_ = 0;           ///< tag below which all is settled
    std::unordered_set<std::uint64_t> orphans_; ///< positions of lost connections, handed out and not settled
    std::unordered_set<std::string> known_;     ///< ids that were in flight on a lost connection
    bool unclean_ = true;                       ///< the process before may have begun what is redelivered
    bool posted_ = false, paused_ = false, stopped_ = false;
};

} // namespace edm::bus_rabbitmq
