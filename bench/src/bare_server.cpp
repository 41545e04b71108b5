#include "bare_server.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/src.hpp>

#include <thread>
#include <vector>

namespace edm::bench {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

namespace {

using executor = asio::io_context::executor_type;
using token = asio::use_awaitable_t<executor>;
using socket_type = asio::basic_stream_socket<asio::ip::tcp, executor>;

asio::awaitable<void, executor> serve(socket_type socket, const std::string& body)
{
    try {
        beast::flat_buffer buffer;
        for (;;) {
            http::request<http::string_body> request;
            co_await http::async_read(socket, buffer, request, token{});
            http::response<http::string_body> answer{http::status::ok, request.version()};
            answer.set(http::field::content_type, "application/json");
            answer.keep_alive(request.keep_alive());
            answer.body() = body;
            answer.prepare_payload();
            co_await http::async_write(socket, answer, token{});
            if (!answer.keep_alive())
                co_return;
        }
    } catch (const boost::system::system_error&) {
        // The peer has closed, or the server stops.
    }
}

} // namespace

struct bare_server::state
{
    struct context
    {
        asio::io_context io{1};
        asio::executor_work_guard<executor> guard{io.get_executor()};
        std::thread thread;
    };

    explicit state(std::string what) : body(std::move(what))
    {
        auto count = std::max(1u, std::thread::hardware_concurrency());
        for (unsigned i = 0; i != count; ++i)
            contexts.push_back(std::make_unique<context>());
        auto& first = contexts.front()->io;
        acceptor = std::make_unique<acceptor_type>(first, asio::ip::tcp::endpoint{asio::ip::address_v4::loopback(), 0});
        accept_next();
        for (auto& c : contexts)
            c->thread = std::thread{[&io = c->io] { io.run(); }};
    }
    ~state()
    {
        for (auto& c : contexts)
            c->io.stop();
        for (auto& c : contexts)
            c->thread.join();
    }

    void accept_next()
    {
        auto& io = contexts[next++ % contexts.size()]->io;
        acceptor->async_accept(io, [this, &io](boost::system::error_code failed, socket_type socket) {
            if (failed)
                return;
            socket.set_option(asio::ip::tcp::no_delay{true});
            asio::co_spawn(io, serve(std::move(socket), body), asio::detached);
            accept_next();
        });
    }

    using acceptor_type = asio::basic_socket_acceptor<asio::ip::tcp, executor>;
    std::string body;
    std::vector<std::unique_ptr<context>> contexts;
    std::unique_ptr<acceptor_type> acceptor;
    std::size_t next = 0;
};

bare_server::bare_server(std::string body) : state_(std::make_unique<state>(std::move(body))) {}
bare_server::~bare_server() = default;

std::uint16_t bare_server::port() const
{
    return state_->acceptor->local_endpoint().port();
}

} // namespace edm::bench
