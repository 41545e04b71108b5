#pragma once

#include <edm/bus/bus.hpp>
#include <edm/store/store.hpp>

#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace edm::bus_rabbitmq {

/// Keeps, for subscriptions whose publisher runs here too, the notes that the embedded engine keeps: `cursor/` and
/// `epoch/` in the subscriber's store, `reader/` in the publisher's. Pruning and the audit read them, and either engine
/// goes on where the other one ended. Thread-safe.
class cursors
{
  public:
    /// A subscription that runs here. `at`: everything up to there is applied, parked, or comes as the baseline.
    void add(const subscription_route& route, store& publisher, store& subscriber, std::uint64_t at);
    /// The events of `service` up to `position` are confirmed or covered; the last one of a topic is at `last`.
    void relayed(std::string_view service, std::uint64_t position);
    void published(std::string_view topic, std::uint64_t last);
    /// What came to the subscription from the log up to `position` is settled.
    void settled(std::string_view subscription, std::uint64_t position);

  private:
    struct entry
    {
        subscription_route route;
        store* publisher;
        store* subscriber;
        std::uint64_t noted;
        std::uint64_t settled;
    };
    void advance(entry& e);

    std::mutex mutex_;
    std::map<std::string, entry, std::less<>> entries_;
    std::map<std::string, std::uint64_t, std::less<>> relayed_;   ///< by service
    std::map<std::string, std::uint64_t, std::less<>> published_; ///< by topic
};

} // namespace edm::bus_rabbitmq
