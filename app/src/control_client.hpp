#pragma once

#include <edm/core/time.hpp>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace edm::app {

struct control_request
{
    std::string method = "GET";
    std::string target; ///< path and query, percent-encoded
    std::string content_type{};
    std::string body{};
    milliseconds limit{60'000}; ///< all together, until the answer's last byte
    /// Called now and then: bytes sent and to be sent, and how long the whole takes so far.
    std::function<void(std::size_t sent, std::size_t size, milliseconds so_far)> progress{};
};

struct control_answer
{
    int status = 0;
    std::string body;
};

/// Speaks HTTP/1.1 with the process that listens on a control socket: one connection per request, blocking.
class control_client
{
  public:
    explicit control_client(std::filesystem::path socket) : socket_(std::move(socket)) {}

    /// Whether a process listens there. Throws std::runtime_error where that cannot be known (another user's).
    bool answered() const;
    /// Throws std::runtime_error with one line where there is no whole answer in time.
    control_answer send(const control_request& r) const;

  private:
    std::filesystem::path socket_;
};

/// Reads an answer whose end is the end of the connection. Throws std::runtime_error where it is cut or malformed.
control_answer parse_control_answer(std::string_view bytes);

} // namespace edm::app
