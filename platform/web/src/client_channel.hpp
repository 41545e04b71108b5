#pragma once

#include "asio_await.hpp"
#include "connection.hpp"
#include "deadline_wheel.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <memory>
#include <string>
#include <vector>

namespace edm::web {

/// One connection of the client: plain or TLS, with one deadline over everything that it does. On its context's thread.
class client_channel final : private deadline
{
  public:
    using endpoint = asio::generic::stream_protocol::endpoint;

    client_channel(deadline_wheel& wheel, io_executor& on);
    ~client_channel();

    /// From now on everything must end within `delay`.
    void limit(milliseconds delay);
    void unlimited() noexcept { wheel_.clear(*this); }
    bool timed_out() const noexcept { return timed_out_; }

    /// Connects to the first endpoint that takes the connection.
    task<error_code> connect(std::vector<endpoint> to);
    /// Proves that the peer is `host` (RFC 9525).
    task<error_code> handshake(asio::ssl::context& context, std::string host);
    task<io_outcome> read_some(char* into, std::size_t size);
    /// `bytes` of the outcome tells whether anything was sent.
    task<io_outcome> write(std::string_view head, std::string_view body);

    /// Whether an idle connection is still usable: the peer has not closed it and has sent nothing.
    bool fresh();

  private:
    void expired() override;

    deadline_wheel& wheel_;
    socket_type socket_;
    std::unique_ptr<asio::ssl::stream<socket_type&>> tls_;
    bool timed_out_ = false;
};

} // namespace edm::web
