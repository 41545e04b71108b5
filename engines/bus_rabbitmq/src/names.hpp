#pragma once

#include <string>
#include <string_view>

namespace edm::bus_rabbitmq {

// What the broker holds, by name. Frozen: foreign programs bind to the exchanges.

inline std::string exchange_of(std::string_view topic)
{
    return "edm." + std::string{topic};
}
inline std::string queue_of(std::string_view subscription)
{
    return "edm." + std::string{subscription};
}
inline std::string baseline_queue_of(std::string_view service)
{
    return "edm." + std::string{service} + ".baseline";
}
/// An exclusive queue that holds nothing: it lives as long as the process that runs the service on a store of its own.
inline std::string owner_queue_of(std::string_view service)
{
    return "edm." + std::string{service} + ".owner";
}
/// Exists from before the first event of the service's log on: nobody binds to it. Where it exists and the service's
/// store does not know that it ever published, the store was lost.
inline std::string log_exchange_of(std::string_view service)
{
    return "edm." + std::string{service} + ".log";
}
inline const std::string broadcast_exchange = "edm.broadcast";
/// Messages that no subscription can read; an operator looks at them.
inline const std::string unreadable_queue = "edm.unreadable";

/// In a publisher's store: a broker has `log_exchange_of` it.
constexpr const char* relayed_note = "relayed";

constexpr std::string_view cloud_event = "application/cloudevents+json";
/// A request for a baseline whose events say that it is a rebuild.
constexpr std::string_view rebuild_request = "application/vnd.edm.rebuild";
/// The last message of a baseline pass, to the subscription's queue; its id is the request's.
constexpr std::string_view end_of_baseline = "application/vnd.edm.end-of-baseline";

} // namespace edm::bus_rabbitmq
