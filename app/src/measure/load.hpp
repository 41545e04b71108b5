#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edm::measure {

/// A port of this machine that is free now. Throws std::runtime_error.
std::uint16_t free_port();
/// A TCP connection to a port of this machine, non-blocking. Throws std::runtime_error.
int connect_to(std::uint16_t port);
/// One request, one answer, on a connection of its own; the answer whole (head and body).
std::string ask(std::uint16_t port, std::string_view request);
/// The same of a server that ends the connection behind its answer, as one does that is asked in HTTP/1.0.
std::string ask_to_end(std::uint16_t port, std::string_view request);
std::string get_request(std::string_view target, std::string_view token);

/// A descriptor that closes itself.
class descriptor
{
  public:
    explicit descriptor(int fd) : fd_(fd) {}
    descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    descriptor& operator=(descriptor&& other) noexcept
    {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~descriptor();
    int get() const { return fd_; }

  private:
    int fd_;
};

/// The first answer of HTTP/1.1 in what a connection received.
struct answer
{
    int status = 0;
    std::size_t size = 0; ///< head and body; 0 while it is not whole
    std::string_view head, body;
    bool closes = false; ///< the server takes no other request on this connection
};
/// Understands bodies with a length, and none. The views point into `received`.
answer first_answer(std::string_view received);
/// The value of a field of an answer's head, whatever its case; empty where it is not there.
std::string_view field_of(std::string_view head, std::string_view name);

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

} // namespace edm::measure
