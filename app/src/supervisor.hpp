#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace edm::app {

/// Who started this process and wants to hear how it does, by systemd's notification protocol (sd_notify(3)): a
/// datagram to the socket that `NOTIFY_SOCKET` names. Where none is named, nothing is told.
class supervisor
{
  public:
    /// Reads `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`, and removes them, so that no child tells in our name.
    supervisor();

    void ready() const { tell("READY=1"); }
    void alive() const { tell("WATCHDOG=1"); }
    void stopping() const { tell("STOPPING=1"); }

    /// How often `alive` is expected, halved for safety; none: nobody waits for it.
    std::optional<std::chrono::milliseconds> interval() const { return interval_; }

  private:
    void tell(std::string_view state) const;

    std::string socket_;
    std::optional<std::chrono::milliseconds> interval_;
};

} // namespace edm::app
