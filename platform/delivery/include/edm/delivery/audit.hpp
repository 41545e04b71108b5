#pragma once

#include <edm/store/store.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace edm {

/// One subscription's row of `edm audit` (rule 15).
struct audit_row
{
    std::string subscription, topic;
    std::uint64_t keys = 0;   ///< keys that the publisher has
    std::uint64_t behind = 0; ///< events committed and neither applied nor parked yet
    std::uint64_t lost = 0;   ///< events neither applied, nor parked, nor anywhere on their way
    std::uint64_t parked = 0;
    std::uint64_t dead = 0;
};

/// A parked event as the audit counts it.
struct audited_event
{
    std::string key;
    edm::sequence sequence;
    bool baseline = false, rebuild = false, dead = false;
};

/// What one process has of publishers and of subscriptions, as an audit asks for it. Pages are of `page` entries, fewer
/// at the end, in order, after the given place. Every function throws std::runtime_error, one line, where the process
/// cannot tell now, and may throw std::invalid_argument where what is asked for is not there at all.
class audit_side
{
  public:
    static constexpr std::size_t page = 1000;

    virtual ~audit_side() = default;

    /// The publisher's: the epoch of its store, and the present sequence of each key of a topic.
    virtual task<std::uint32_t> epoch(std::string service) = 0;
    virtual task<std::vector<counter_entry>> counters(std::string topic, std::string after) = 0;
    /// How many of its events this process still has to hand to a server that keeps what is on its way; where there is
    /// none, how many its slowest subscription has not dealt with.
    virtual task<std::uint64_t> unsent(std::string service) = 0;

    /// The subscriber's: marks and parked events, by key.
    virtual task<std::vector<counter_entry>> marks(std::string subscription, std::string after) = 0;
    virtual task<std::vector<audited_event>> parked(std::string subscription, std::string after_key,
                                                    sequence after) = 0;
    /// Whether a baseline that starts the subscription complete is on its way.
    virtual task<bool> starting(std::string subscription) = 0;
    /// `bus::on_the_way`.
    virtual task<std::optional<std::uint64_t>> on_the_way(std::string subscription) = 0;

    /// Names the events of the subscription's topic that are in the publisher's log and that the subscription may not
    /// have dealt with. False where this process cannot tell which they are.
    virtual task<bool> list_on_the_way(std::string subscription,
                                       std::function<void(std::string_view, sequence)> each) = 0;
};

/// The two ends of a subscription: every process that runs its publisher, and every one that runs its subscriber.
struct audited_ends
{
    std::string subscription, topic, publisher;
    std::vector<audit_side*> publishers, subscribers; ///< neither is empty
    /// Whether no other process runs either of them: then what is on its way nowhere here is on its way nowhere.
    bool complete = true;
};

/// Joins both ends by key. What lacks and is on its way, or may be, is behind; what lacks where nothing was on its way
/// and both ends were looked at again is lost.
task<audit_row> audit_subscription(audited_ends of);

} // namespace edm
