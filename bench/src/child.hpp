#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <sys/types.h>

namespace edm::bench {

/// The program itself as a process of its own, ended with this object.
class child
{
  public:
    /// Starts it and waits until `/readyz` answers 200.
    explicit child(const std::filesystem::path& data);
    ~child();
    child(const child&) = delete;

    std::uint16_t port() const { return port_; }
    /// From the start of the process to the answer.
    double milliseconds_to_ready() const { return to_ready_; }
    /// Resident memory, in KiB.
    std::size_t resident() const;
    /// Ends it at once, as a crash would.
    void kill();
    /// SIGTERM, and waits for its end.
    void stop();

  private:
    void wait();

    pid_t pid_ = -1;
    std::uint16_t port_;
    double to_ready_ = 0;
};

} // namespace edm::bench
