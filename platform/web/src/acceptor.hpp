#pragma once

#include "connection.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>

#include <memory>
#include <string>
#include <vector>

namespace edm::web {

/// One listening socket. It accepts on the first context and deals the connections out to all contexts in turn, so that
/// few connections spread evenly too, and so that a port in use is seen (SO_REUSEPORT would hide it).
class acceptor final : public std::enable_shared_from_this<acceptor>
{
  public:
    acceptor(std::shared_ptr<server_core> core, std::vector<std::shared_ptr<server_context>> contexts);

    /// Both throw std::runtime_error with one line.
    std::uint16_t listen_tcp(std::string_view host, std::uint16_t port);
    void listen_unix(const std::string& path);

    void start();
    /// On the first context.
    void close();

  private:
    using protocol = asio::generic::stream_protocol;

    void accept();
    void accepted(socket_type socket);
    void turn_away(socket_type& socket);

    std::shared_ptr<server_core> core_;
    std::vector<std::shared_ptr<server_context>> contexts_;
    asio::basic_socket_acceptor<protocol, asio::io_context::executor_type> socket_;
    protocol::endpoint peer_;
    std::string unix_path_;
    std::size_t next_ = 0;
};

} // namespace edm::web
