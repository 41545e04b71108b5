#pragma once

#include <edm/core/task.hpp>
#include <edm/core/time.hpp>
#include <edm/web/contexts.hpp>

#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edm::web {

struct client_request
{
    std::string method = "GET";
    std::string url;         ///< `http://` or `https://`, host, path, query; already percent-encoded
    std::string unix_socket; ///< where set, the connection goes to this socket, and `url` gives only the target
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string content_type{};
    std::string body{};
    milliseconds connect_timeout{2'000};  ///< resolving, connecting, TLS handshake
    milliseconds timeout{5'000};          ///< all together, until the answer's last byte
    std::size_t body_limit = 1024 * 1024; ///< of the answer, bytes
};

struct client_response
{
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};

    /// The first field with this name, whatever its case.
    std::optional<std::string_view> header(std::string_view name) const noexcept;
};

/// How a request failed.
enum class client_failure
{
    refused,   ///< no connection could be made: nothing was sent, the other side knows nothing of the request
    timeout,   ///< no (whole) answer in time
    broken,    ///< the connection ended: whether the request was processed is unknown
    malformed, ///< the answer is not well-formed HTTP or too large, or the request could not be written as HTTP
};

struct client_error
{
    client_failure kind;
    std::string message; ///< for logs; holds no header, body or query
    bool sent = false;   ///< whether a part of the request may have reached the other side
};

struct client_options
{
    std::string ca_file{};             ///< PEM; empty: the system's
    std::size_t idle_connections = 32; ///< kept per context and origin
    milliseconds idle_time{30'000};    ///< how long they are kept
    milliseconds tick{50};             ///< precision of timeouts
};

/// An HTTP/1.1 client with kept connections per context and origin. It never repeats a request and follows no redirect.
/// An https peer must prove its name by a certificate. Safe from any thread; the contexts outlive it, and every `send`
/// ends before it is destroyed.
class client
{
  public:
    explicit client(contexts& on, client_options with = {});
    ~client();
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    /// Runs on the context of the calling thread (else on the first) and resumes on the executor that awaited it.
    task<std::expected<client_response, client_error>> send(client_request request);

  private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace edm::web
