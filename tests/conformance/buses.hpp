#pragma once

#include "stores.hpp"

#include <edm/bus/bus.hpp>
#include <edm/core/executor.hpp>

#include <map>
#include <memory>
#include <string>

namespace edm::conformance {

constexpr std::string_view fence_key = "the test's own";

/// An engine of the bus port, with what tests need to do beside it.
class bus_under_test
{
  public:
    virtual ~bus_under_test() = default;
    virtual std::unique_ptr<bus> make(std::map<std::string, store*, std::less<>> stores, executor& context) = 0;
    /// Sends an event with `fence_key` to the subscription, behind everything that is there.
    virtual void fence(const std::string& subscription) = 0;
};

struct bus_kind
{
    std::string name;
    bool foreign; ///< a server beside us
    std::unique_ptr<store_home> (*stores)();
    std::unique_ptr<bus_under_test> (*make)();
    std::string (*missing)(); ///< why it cannot be tested here; empty: it can
};
inline void PrintTo(const bus_kind& kind, std::ostream* out)
{
    *out << kind.name;
}

/// An event that is what it says, in its bytes too.
inline event_ptr whole_event(const std::string& topic, const std::string& key, std::uint64_t counter)
{
    event e{.id = topic + "-" + key + "-" + std::to_string(counter),
            .source = "/edm/source/" + topic + "/" + key,
            .type = "edm." + topic + ".v1",
            .subject = key,
            .sequence = {1, counter},
            .baseline = false,
            .time = "2026-01-15T00:00:00.000Z",
            .traceparent = {},
            .data = "{}"};
    return some_event(topic, key, counter, encode_event(e));
}

} // namespace edm::conformance
