#pragma once

#include <edm/core/executor.hpp>
#include <edm/core/time.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace edm::bus_rabbitmq {

/// Who waits for the end of which baseline, by the request. Thread-safe.
class baseline_ends : public std::enable_shared_from_this<baseline_ends>
{
  public:
    enum class outcome
    {
        ended,
        not_yet,
        stopped
    };
    /// For `limit` at most. One coroutine waits for a request at a time.
    task<outcome> wait(std::string request, milliseconds limit);
    /// The baseline is complete, and all of it settled; perhaps before anybody waits.
    void tell(const std::string& request);
    /// Ends all waits, now and from now on.
    void stop();

  private:
    void give_up(const std::string& request);

    std::mutex mutex_;
    bool stopped_ = false;
    std::map<std::string, resumption<outcome>> waiting_;
    std::set<std::string> ended_; ///< while nobody waited
};

} // namespace edm::bus_rabbitmq
