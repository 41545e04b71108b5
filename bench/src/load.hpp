#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace edm::bench {

/// A TCP connection to a port of this machine, non-blocking. Throws std::runtime_error.
int connect_to(std::uint16_t port);
/// One request, one answer, on a connection of its own; the answer whole (head and body).
std::string ask(std::uint16_t port, std::string_view request);
std::string get_request(std::string_view target, std::string_view token);

struct load
{
    std::uint16_t port;
    std::vector<std::string> requests; ///< one connection each; sent again when its answer has come
    std::chrono::milliseconds warm_up{100};
    std::chrono::milliseconds length{1000};
};

struct load_result
{
    double per_second = 0;
    std::uint64_t failed = 0; ///< answers other than 200
};

/// Keep-alive connections, one request in flight on each, one thread with epoll: the same client for both sides of a
/// comparison. Throws std::runtime_error where a connection breaks.
load_result drive(const load& what);

} // namespace edm::bench
