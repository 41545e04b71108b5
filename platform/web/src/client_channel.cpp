#include "client_channel.hpp"

#include <boost/asio/ssl/host_name_verification.hpp>

#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace edm::web {

client_channel::client_channel(deadline_wheel& wheel, io_executor& on) : wheel_(wheel), socket_(on.io()) {}

client_channel::~client_channel()
{
    wheel_.remove(*this);
}

void client_channel::limit(milliseconds delay)
{
    timed_out_ = false;
    wheel_.set(*this, delay);
}

void client_channel::expired()
{
    timed_out_ = true;
    error_code ignored;
    socket_.close(ignored);
}

task<error_code> client_channel::connect(std::vector<endpoint> to)
{
    error_code failed = asio::error::host_not_found;
    for (const auto& each : to) {
        error_code ignored;
        socket_.close(ignored);
        socket_.open(each.protocol(), failed);
        if (failed)
            continue;
        io_outcome connected = co_await await_io([&](io_completion done) { socket_.async_connect(each, done); });
        failed = connected.error;
        if (!failed || timed_out_)
            break;
    }
    if (!failed) {
        const int on = 1; // fails harmlessly on a unix socket
        ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    co_return failed;
}

task<error_code> client_channel::handshake(asio::ssl::context& context, std::string host)
{
    tls_ = std::make_unique<asio::ssl::stream<socket_type&>>(socket_, context);
    error_code failed;
    tls_->set_verify_mode(asio::ssl::verify_peer, failed);
    if (!failed)
        tls_->set_verify_callback(asio::ssl::host_name_verification{host}, failed);
    if (failed)
        co_return failed;
    SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str());
    io_outcome done = co_await await_io(
        [this](io_completion completion) { tls_->async_handshake(asio::ssl::stream_base::client, completion); });
    co_return done.error;
}

task<io_outcome> client_channel::read_some(char* into, std::size_t size)
{
    io_outcome got = co_await await_io([&](io_completion done) {
        if (tls_)
            tls_->async_read_some(asio::buffer(into, size), done);
        else
            socket_.async_read_some(asio::buffer(into, size), done);
    });
    co_return got;
}

task<io_outcome> client_channel::write(std::string_view head, std::string_view body)
{
    std::array<asio::const_buffer, 2> pieces{asio::buffer(head), asio::buffer(body)};
    io_outcome all;
    for (std::size_t left = asio::buffer_size(pieces); left > 0;) {
        io_outcome wrote = co_await await_io([&](io_completion done) {
            if (tls_)
                tls_->async_write_some(pieces, done);
            else
                socket_.async_write_some(pieces, done);
        });
        all.bytes += wrote.bytes;
        all.error = wrote.error;
        if (wrote.error)
            break;
        left -= wrote.bytes;
        for (auto& piece : pieces) {
            const auto part = std::min(wrote.bytes, piece.size());
            piece += part;
            wrote.bytes -= part;
        }
    }
    co_return all;
}

bool client_channel::fresh()
{
    char byte;
    const auto got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

} // namespace edm::web
