#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

/// What processes of this machine use, read from /proc.
namespace edm::measure {

/// The process that listens on a TCP port of this machine; 0 where there is none, or it cannot be seen.
pid_t listener_of(std::uint16_t port);
/// A process and all below it.
std::vector<pid_t> tree_of(pid_t root);

struct usage
{
    double cpu_seconds = 0; ///< of processes that live, and of children that they waited for
    double resident = 0;    ///< MiB
    /// MiB: of memory that several processes share (a program's own text above all) each counts its part. Equal to
    /// `resident` where the system does not tell.
    double proportional = 0;
    double written = 0; ///< MiB that reached the disk's queue, as /proc/PID/io counts them; 0 where it does not tell

    usage& operator+=(const usage& other);
    usage operator-(const usage& other) const;
};
usage usage_of(const std::vector<pid_t>& processes);

/// Bytes that the loopback interface has carried, headers included, by whomever.
std::uint64_t loopback_bytes();
/// The processor's name, as the system tells it.
std::string processor_name();

} // namespace edm::measure
