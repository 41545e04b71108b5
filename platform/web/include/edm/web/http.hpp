#pragma once

#include <edm/core/task.hpp>
#include <edm/core/time.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edm::web {

/// One header field as received: the name in the sender's case, the value without surrounding white space.
struct header_view
{
    std::string_view name;
    std::string_view value;
};

/// A request as received. All views are valid until the task that `handler::handle` returned has ended; what a stream
/// needs afterwards is copied.
struct request
{
    std::string_view method; ///< as sent, such as `GET`
    std::string_view target; ///< path and query, still percent-encoded; starts with `/`, or is `*`
    std::string_view path;   ///< the target up to `?`, still percent-encoded
    std::string_view query;  ///< what follows `?`, still percent-encoded; empty where there is none
    std::string_view body;
    std::string_view peer; ///< the peer's numeric address without port; empty for the control socket
    std::span<const header_view> headers;
    bool from_control_socket = false;

    /// The first field with this name, whatever its case.
    std::optional<std::string_view> header(std::string_view name) const noexcept;
    /// All fields with this name, whatever its case, in order.
    std::vector<std::string_view> all(std::string_view name) const;
};

/// Wakes a stream that waits. Any thread may call it, also after the stream has ended; wake-ups coalesce, and one that
/// comes before the stream waits is not lost. The contexts must still exist.
class stream_waker
{
  public:
    virtual ~stream_waker() = default;
    virtual void wake() = 0;
};

/// What ended a wait of a stream.
enum class wakeup
{
    woken,
    timed_out,
    closed ///< by the peer, by `server::stop`, or because the peer was too slow
};

/// The sending side of an answer that is written bit by bit (server-sent events).
class stream_writer
{
  public:
    virtual ~stream_writer() = default;

    /// Sends `chunk`; ends when the kernel has taken it, so memory holds one chunk at most (keep them below 64 KiB).
    /// False: the stream is closed, nothing more can be sent. A peer that takes nothing for `limits::stream_stall` is
    /// closed.
    virtual task<bool> write(std::string chunk) = 0;
    virtual bool open() const noexcept = 0;
    /// Waits for a wake-up, at most `timeout`, ended early by the peer's closing.
    virtual task<wakeup> wait(milliseconds timeout) = 0;
    virtual std::shared_ptr<stream_waker> waker() = 0;
};

/// An answer. `Date`, `Content-Length`, `Transfer-Encoding` and `Connection` are the server's own: such fields in
/// `headers` are left out. A header that holds a control character turns the answer into a 500.
struct response
{
    int status = 200;
    std::string content_type; ///< empty: no Content-Type
    std::string body;
    std::string_view static_body{}; ///< sent where `body` is empty; must live as long as the server
    std::vector<std::pair<std::string, std::string>> headers{};
    bool close = false; ///< close the connection after this answer
    /// Where set, the body is what this writes. It runs on the connection's context after the request is gone; the
    /// connection closes when it ends. An exception ends the stream.
    std::move_only_function<task<>(stream_writer&)> stream{};
};

/// How large a request body may be, decided before it is read.
struct body_limit
{
    std::size_t bytes = 64 * 1024;
    milliseconds time{0}; ///< 0: `limits::body_time`
};

/// What answers requests. Called on the connection's context; may continue elsewhere.
class handler
{
  public:
    virtual ~handler() = default;
    /// An exception is logged and answered with a bare 500.
    virtual task<response> handle(const request& r) = 0;
    /// Asked before more of a body is read than `limits::body_unasked`: an answer refuses the request at once, and
    /// closes. `head` has no body. An exception is answered as one of `handle`.
    virtual task<std::optional<response>> admit(const request& head) { co_return std::nullopt; }
    /// The limit of a route's body; nothing: the default of `body_limit`.
    virtual std::optional<body_limit> limit(std::string_view method, std::string_view path) const
    {
        return std::nullopt;
    }
};

/// The standard phrase of a status code (RFC 9110), `Unknown` for others.
std::string_view reason_phrase(int status) noexcept;
/// An answer in the platform's envelope for refusals that come before any handler: `{"status":…,"error":true,…}`.
response refusal(int status);

} // namespace edm::web
