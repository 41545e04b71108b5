#include "acceptor.hpp"

#include "render.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

namespace edm::web {

namespace {

constexpr std::chrono::milliseconds pause_without_descriptors{100};

[[noreturn]] void cannot_listen(std::string_view where, error_code why)
{
    if (why == asio::error::address_in_use)
        throw std::runtime_error{fmt::format("cannot listen on {}: another process uses it", where)};
    throw std::runtime_error{fmt::format("cannot listen on {}: {}", where, why.message())};
}

asio::ip::address address_of(std::string_view host)
{
    if (host.empty() || host == "*")
        return asio::ip::address_v4::any();
    if (host == "localhost")
        return asio::ip::address_v4::loopback();
    error_code failed;
    auto address = asio::ip::make_address(std::string{host}, failed);
    if (failed)
        throw std::runtime_error{fmt::format("cannot listen on {}: it is not a numeric address", host)};
    return address;
}

template <class Address>
Address as(const asio::generic::stream_protocol::endpoint& e)
{
    Address address{};
    std::memcpy(&address, e.data(), std::min(sizeof address, e.size()));
    return address;
}

std::string peer_name(const asio::generic::stream_protocol::endpoint& peer)
{
    char text[INET6_ADDRSTRLEN] = "";
    if (const auto v4 = as<sockaddr_in>(peer); v4.sin_family == AF_INET)
        inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    else if (const auto v6 = as<sockaddr_in6>(peer); v6.sin6_family == AF_INET6)
        inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    return text;
}

/// Whether somebody answers on the socket file.
bool is_alive(const asio::local::stream_protocol::endpoint& at)
{
    asio::io_context io;
    asio::local::stream_protocol::socket probe{io};
    error_code failed;
    probe.connect(at, failed);
    return !failed;
}

} // namespace

acceptor::acceptor(std::shared_ptr<server_core> core, std::vector<std::shared_ptr<server_context>> contexts)
    : core_(std::move(core)), contexts_(std::move(contexts)), socket_(contexts_.front()->on.io())
{
}

std::uint16_t acceptor::listen_tcp(std::string_view host, std::uint16_t port)
{
    const asio::ip::tcp::endpoint at{address_of(host), port};
    const auto where = fmt::format("{}:{}", host.empty() ? "*" : host, port);
    error_code failed;
    socket_.open(protocol{at.protocol()}, failed);
    if (!failed)
        socket_.set_option(asio::socket_base::reuse_address{true}, failed);
    if (!failed)
        socket_.set_option(asio::ip::tcp::no_delay{true}, failed); // inherited by accepted sockets
    if (!failed)
        socket_.bind(protocol::endpoint{at}, failed);
    if (!failed)
        socket_.listen(asio::socket_base::max_listen_connections, failed);
    if (failed)
        cannot_listen(where, failed);
    const auto bound = socket_.local_endpoint();
    return ntohs(at.address().is_v4() ? as<sockaddr_in>(bound).sin_port : as<sockaddr_in6>(bound).sin6_port);
}

void acceptor::listen_unix(const std::string& path)
{
    if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path))
        throw std::runtime_error{fmt::format("cannot listen on {}: the path is empty or too long", path)};
    const asio::local::stream_protocol::endpoint at{path};
    struct stat file{};
    if (::lstat(path.c_str(), &file) == 0) {
        if (!S_ISSOCK(file.st_mode))
            throw std::runtime_error{fmt::format("cannot listen on {}: a file of that name exists", path)};
        if (is_alive(at))
            cannot_listen(path, asio::error::address_in_use);
        ::unlink(path.c_str());
    }
    error_code failed;
    socket_.open(protocol{asio::local::stream_protocol{}}, failed);
    if (!failed)
        socket_.bind(protocol::endpoint{at}, failed);
    if (!failed && ::chmod(path.c_str(), 0600) != 0) // before it listens, nobody can connect
        failed = error_code{errno, boost::system::system_category()};
    if (!failed)
        socket_.listen(asio::socket_base::max_listen_connections, failed);
    if (failed)
        cannot_listen(path, failed);
    unix_path_ = path;
}

void acceptor::start()
{
    contexts_.front()->on.post([self = shared_from_this()] { self->accept(); });
}

void acceptor::close()
{
    if (!socket_.is_open())
        return;
    error_code ignored;
    socket_.close(ignored);
    if (!unix_path_.empty())
        ::unlink(unix_path_.c_str());
}

void acceptor::accept()
{
    if (!socket_.is_open())
        return;
    auto& target = contexts_[next_ % contexts_.size()]->on.io();
    socket_.async_accept(target, peer_, [self = shared_from_this()](error_code failed, socket_type socket) {
        if (!failed)
            self->accepted(std::move(socket));
        if (failed == asio::error::operation_aborted || !self->socket_.is_open())
            return;
        if (!failed || failed == asio::error::connection_aborted) {
            self->accept();
            return;
        }
        spdlog::warn("accepting a connection failed: {}", failed.message());
        self->contexts_.front()->on.after(pause_without_descriptors, [self] { self->accept(); });
    });
}

void acceptor::accepted(socket_type socket)
{
    auto& home = contexts_[next_++ % contexts_.size()];
    if (!core_->opened()) {
        turn_away(socket);
        core_->closed();
        return;
    }
    const bool control = !unix_path_.empty();
    auto starting =
        std::make_shared<connection>(home, std::move(socket), control ? std::string{} : peer_name(peer_), control);
    home->on.post([starting = std::move(starting)] { starting->start(); });
}

void acceptor::turn_away(socket_type& socket)
{
    core_->refused.fetch_add(1, std::memory_order_relaxed);
    std::string out;
    const response given = refusal(503);
    render_head(out, given, {}, {.keep_alive = false});
    out += given.body;
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(out), ignored);
}

} // namespace edm::web
