#pragma once

#include "child.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace edm::measure {

/// Counts `fsync` and `fdatasync` of processes from outside, all their threads: by `perf stat`, which costs them next
/// to nothing, or where that is not to be had by `strace`, which slows them down.
class sync_counter
{
  public:
    /// Counts from when this returns.
    sync_counter(const std::vector<pid_t>& processes, const std::filesystem::path& scratch);
    ~sync_counter();
    /// Ends it. Nothing: they cannot be counted here.
    std::optional<double> stop();

    /// Whether counting leaves what is counted as fast as it is.
    static bool costs_little();
    /// How they are counted here, or why they are not.
    static std::string method();

  private:
    std::unique_ptr<child> tool_;
    std::filesystem::path output_;
};

} // namespace edm::measure
