#pragma once

#include "impl.hpp"

namespace edm {

/// An event on its way through a subscription, decoded.
struct incoming
{
    event_ptr bytes;
    std::shared_ptr<const void> data; ///< null in a baseline that only sets the mark, and where `problem` says why
    std::string document;
    std::string problem; ///< why it cannot be decoded
    std::string traceparent;
    std::optional<std::uint64_t> position; ///< to settle; none: it comes from the parked ones
    bool suspect = false;
    bool rebuild = false; ///< a baseline that applies at its mark too
    std::int64_t attempts = 0;
    std::int64_t parked_at = 0; ///< when it was parked first; 0: not yet
    bool parked = false;        ///< a row of it lies in the store
    bool counted = false;       ///< the attempt that runs is in that row already
    bool queued = false;        ///< the row was read before this came to its turn, and may have changed
};

/// One subscription that runs here: routes events to the lane of their document, and applies them one at a time per
/// document, many documents at once (rules 5–7).
class subscriber final : public consumer
{
  public:
    subscriber(delivery::impl& d, const subscription_declaration& declared, service_state& service);

    void deliver(std::vector<delivered_event> events) override;
    // parked.cpp
    /// Runs a parked event again if it is due when its turn comes, from any thread.
    void again(parked_event e);
    /// The key's next parked event. Rows at or below the mark, which a crash left, are removed on the way.
    task<result<parked_event>> next_parked(std::string key);
    /// Whether the event is at or below its mark, so that nothing is left to do for it.
    task<bool> is_void(parked_event e);
    /// Moves the mark over the key's next parked event without applying it.
    task<result<nothing>> discard(parked_event e);

    const subscription_declaration& declared() const { return declared_; }
    service_state& service() const { return service_; }

  private:
    enum class outcome
    {
        applied,
        duplicate,
        parked
    };
    /// One context's documents at work; touched on that context alone.
    struct lane
    {
        std::unordered_map<std::string, std::deque<incoming>> busy;
        std::set<std::pair<std::string, sequence>> again; ///< parked events that stand in line, by key
    };

    /// Whether an event at `s` is the one right after the mark; of an external topic the first one seen starts a key.
    bool comes_next(sequence s, sequence mark) const { return s.follows(mark) || (external_ && mark == sequence{}); }
    task<bool> waits_for_earlier(const incoming& e, sequence mark);
    incoming decode(event_ptr e) const;
    incoming unpack(const parked_event& e) const;
    task<stored<loaded>> load(const incoming& e);
    static bool is_past(const incoming& e, sequence mark)
    {
        return e.rebuild ? e.bytes->sequence < mark : e.bytes->sequence <= mark;
    }
    void take(std::size_t shard, std::vector<incoming> events);
    task<> run(std::size_t shard, incoming first);
    task<> handle(incoming& e);
    task<outcome> apply(incoming& e);
    task<std::optional<parked_event>> row_at(const incoming& e);
    task<std::optional<parked_event>> row_of(const incoming& e);
    task<> park_gap(incoming& e);
    task<bool> still_due(incoming& e);
    task<bool> may_run(incoming& e);
    task<parked_event> park(incoming& e, bool gap, std::string reason, std::int64_t next_at, bool tell = true);
    void try_again_in_time(parked_event row);
    task<> apply_parked(std::string key);
    task<> store_is_away();
    bool may_have_parked() const;
    task<std::optional<std::vector<loaded>>> load_reads(const incoming& e);
    result<raw_change> decide(const loaded& document, const incoming& e, std::span<const loaded> reads) const;
    bool mark_only(const incoming& e) const { return e.bytes->baseline && (declared_.from_now || !e.data); }

    delivery::impl& d_;
    const subscription_declaration& declared_;
    service_state& service_;
    bool external_;
    std::vector<lane> lanes_;
};

} // namespace edm
