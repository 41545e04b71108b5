#pragma once

#include <edm/core/environment.hpp>
#include <edm/web/contexts.hpp>
#include <edm/web/http.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace edm::web {

/// What the server takes from a peer; over a limit it answers with one clear status.
struct limits
{
    std::size_t request_line = 8 * 1024;   ///< bytes, 414
    std::size_t header_bytes = 16 * 1024;  ///< bytes of all fields, 431
    std::size_t header_fields = 100;       ///< 431
    milliseconds header_time{10'000};      ///< from a request's first byte to the end of its head, 408
    milliseconds body_time{20'000};        ///< for a whole body, 408; a route may allow more
    milliseconds body_grace{5'000};        ///< how long a body may be slower than `body_rate`
    std::size_t body_rate = 500;           ///< bytes a second, 408
    std::size_t body_unasked = 64 * 1024;  ///< bytes that are read before `handler::admit` is asked
    std::size_t body_bytes = 64 << 20;     ///< held of all bodies, then 503; the control socket is exempt
    milliseconds idle_time{60'000};        ///< between requests, then closed
    milliseconds release_time{1'000};      ///< idle for so long, a connection holds no buffer any more
    milliseconds write_time{20'000};       ///< without progress of a write, then closed
    milliseconds stream_stall{10'000};     ///< a stream's peer takes nothing for so long, then closed
    milliseconds linger_time{2'000};       ///< reading on after a refusal, so that the peer sees the answer
    std::size_t in_flight = 4'096;         ///< requests of all connections; the control socket is exempt
    milliseconds queue_time{100};          ///< waiting for one of those places, then 503 with Retry-After
    std::size_t connections = 20'000;      ///< more are answered 503 and closed
    std::size_t stream_buffer = 64 * 1024; ///< kernel send buffer of a stream
    milliseconds tick{100};                ///< precision of all these times
};

/// Counts for metrics, since the start.
struct server_counts
{
    std::uint64_t connections = 0; ///< open now
    std::uint64_t streams = 0;     ///< open now
    std::uint64_t in_flight = 0;   ///< now
    std::uint64_t accepted = 0;
    std::uint64_t requests = 0;
    std::uint64_t refused = 0;    ///< answered without the handler
    std::uint64_t body_bytes = 0; ///< held of bodies now
};

/// An HTTP/1.1 server (RFC 9110, 9112) on all contexts. `contexts` and `handler` outlive it.
class server
{
  public:
    server(contexts& on, handler& answers, limits with = {}, environment env = {});
    /// Stops without grace where `stop` was not called.
    ~server();
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    /// Listens on a numeric address, `localhost`, or `*` (all of IPv4); port 0 takes a free one. Returns the port.
    /// Throws std::runtime_error with one clear line where that is impossible.
    std::uint16_t listen(std::string_view host, std::uint16_t port);
    /// Listens on a unix-domain socket that only this user may use (mode 0600); a stale file is replaced, one that
    /// another process listens on is an error. Its requests have `from_control_socket`.
    void listen_unix(const std::string& path);
    /// The port of the last `listen`.
    std::uint16_t port() const noexcept;

    /// Stops accepting, closes idle connections, ends streams, lets requests in flight end; after `grace` closes what
    /// is left. True: all ended. False: a handler still runs, so it and its objects must live on. Blocks; not for a
    /// context's thread.
    bool stop(milliseconds grace);

    server_counts counts() const noexcept;

  private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace edm::web
