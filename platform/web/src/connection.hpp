#pragma once

#include "asio_await.hpp"
#include "server_core.hpp"

#include <boost/asio/generic/stream_protocol.hpp>

#include <array>
#include <span>

namespace edm::web {

using socket_type = asio::basic_stream_socket<asio::generic::stream_protocol, asio::io_context::executor_type>;

class connection_stream;

/// One peer: reads requests, has them answered, writes the answers. Lives on one context, until `live` has ended.
class connection final : public std::enable_shared_from_this<connection>, private deadline
{
  public:
    connection(std::shared_ptr<server_context> home, socket_type socket, std::string peer, bool control);
    ~connection();

    void start();
    /// The server stops: ends now where idle, else after the answer that is being made.
    void drain();
    /// Cuts the connection off.
    void abort();

    // For the stream of this connection.
    server_context& home() noexcept { return *home_; }
    socket_type& socket() noexcept { return socket_; }
    task<bool> send(std::array<asio::const_buffer, 3> pieces, milliseconds patience);
    void set_deadline(milliseconds delay) { home_->set(*this, delay); }
    void clear_deadline() noexcept { home_->clear(*this); }

  private:
    enum class phase
    {
        idle,      ///< between requests, nothing received
        receiving, ///< part of a request has arrived
        working,   ///< the handler runs, or its answer is written
        streaming,
        lingering
    };
    enum class head_state
    {
        more,
        complete,
        refused
    };

    static task<> live(std::shared_ptr<connection> self);
    task<> serve();
    void expired() override;
    void finish() noexcept;

    // connection.cpp: reading heads
    head_state read_head();
    void expect_bytes();
    auto read_some();
    task<bool> read_failed(error_code why);
    task<bool> wait_idle();
    bool take_available();

    // connection_body.cpp
    bool announces_body() const noexcept;
    task<bool> receive_body();
    task<bool> receive_sized(std::size_t size, body_limit allowed);
    task<bool> receive_chunked(body_limit allowed);
    task<bool> admitted();
    bool hold_body(std::size_t size);
    task<bool> before_body();
    task<std::size_t> read_body_part(char* into, std::size_t size, body_limit allowed, std::size_t received);

    // connection_answer.cpp
    task<response> answer(request r);
    task<response> answer_beside_output(request r);
    bool append(const response& given);
    bool write_now();
    task<bool> flush();
    task<> refuse(response given);
    task<> linger();
    task<> run_stream(response given);
    request present_request() const noexcept;

    std::shared_ptr<server_context> home_;
    socket_type socket_;
    std::unique_ptr<workspace> work_;
    connection_stream* stream_ = nullptr;
    std::string peer_;
    std::string_view body_;
    std::size_t request_size_ = 0; ///< bytes of `work_->data` that the present request takes
    std::chrono::steady_clock::time_point body_started_{};
    int status_ = 0;                    ///< why the present request is refused
    std::unique_ptr<response> refusal_; ///< the same, where the handler said it
    phase phase_ = phase::idle;
    bool control_;
    bool keep_ = true;
    bool draining_ = false;
    bool expired_ = false;
};

} // namespace edm::web
