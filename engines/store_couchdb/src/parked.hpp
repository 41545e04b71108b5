#pragma once

#include "rows.hpp"

#include <mutex>
#include <set>

namespace edm::store_couchdb {

/// The parked events of a service: a document each in `<service>-parked`, whose id sorts by subscription, key and
/// sequence. Thread-safe.
class parked_events
{
  public:
    parked_events(server& at, std::string database);

    task<stored<nothing>> park(parked_event e);
    task<stored<nothing>> unpark(std::string subscription, std::string key, sequence s);
    task<stored<std::vector<parked_event>>> list(parked_filter filter, std::optional<parked_event> after,
                                                 std::size_t n);
    /// As of the last `refresh`, with what this process parked since.
    bool may_have(std::string_view subscription) const;
    /// Learns which subscriptions have parked events; whoever parked them.
    task<stored<nothing>> refresh();

  private:
    void may_have_now(const std::string& subscription);
    task<stored<bool>> any_due(std::int64_t until);
    task<stored<bool>> any_of(std::string subscription);

    server& server_;
    const std::string database_;
    mutable std::mutex mutex_;
    std::set<std::string, std::less<>> subscriptions_; ///< that have parked events
    std::set<std::string, std::less<>> fresh_;         ///< parked since the last refresh began
};

} // namespace edm::store_couchdb
