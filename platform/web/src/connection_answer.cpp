#include "connection.hpp"
#include "connection_stream.hpp"
#include "render.hpp"
#include "started.hpp"

#include <spdlog/spdlog.h>

namespace edm::web {

namespace {

constexpr std::size_t gather_above = 64 * 1024;

} // namespace

request connection::present_request() const noexcept
{
    const auto& head = work_->head;
    return {head.method, head.target, head.path, head.query, body_, peer_, head.headers, control_};
}

task<response> connection::answer(request r)
{
    auto& core = *home_->core;
    core.requests.fetch_add(1, std::memory_order_relaxed);
    if (!control_ && !core.places->try_enter()) {
        bool entered = co_await core.places->enter(core.limit.queue_time);
        if (!entered) {
            core.refused.fetch_add(1, std::memory_order_relaxed);
            co_return refusal(503);
        }
    }
    const place held{control_ ? nullptr : core.places};
    response given;
    try {
        if (work_->out.empty())
            given = co_await core.answers.handle(r);
        else
            given = co_await answer_beside_output(r);
    } catch (const std::exception& e) {
        spdlog::error("{} {} failed: {}", r.method, r.path, e.what());
        given = refusal(500);
    } catch (...) {
        spdlog::error("{} {} failed", r.method, r.path);
        given = refusal(500);
    }
    co_await switch_to(home_->on);
    if (!sendable(given)) {
        spdlog::error("{} {} gave an answer that cannot be sent: bad status or header", r.method, r.path);
        given = refusal(500);
    }
    co_return given;
}

/// Earlier answers of a pipeline wait to be sent together with this one; but not longer than this handler takes at
/// once.
task<response> connection::answer_beside_output(request r)
{
    started<response> running{home_->core->answers.handle(r)};
    if (!running.done()) {
        bool sent = co_await flush();
        if (!sent)
            keep_ = false;
    }
    response given = co_await running;
    co_return given;
}

/// Puts the answer into the output. True: its body is large and is sent behind the output, without being copied.
bool connection::append(const response& given)
{
    keep_ = keep_ && !draining_ && !given.close;
    const auto& head = work_->head;
    const bool body = has_body(given.status) && head.method != "HEAD";
    render_head(work_->out, given, home_->date_line, {.keep_alive = keep_, .minor = head.minor});
    if (!body)
        return false;
    if (body_of(given).size() > gather_above)
        return true;
    work_->out += body_of(given);
    return false;
}

/// Writes the output as far as the kernel takes it at once. True: nothing is left.
bool connection::write_now()
{
    auto& out = work_->out;
    if (out.empty())
        return true;
    error_code failed;
    const auto bytes = socket_.write_some(asio::buffer(out), failed);
    if (bytes == out.size())
        out.clear();
    else
        out.erase(0, bytes);
    return out.empty();
}

task<bool> connection::flush()
{
    if (write_now())
        co_return true;
    bool sent = co_await send({asio::buffer(work_->out), {}, {}}, home_->core->limit.write_time);
    work_->out.clear();
    co_return sent;
}

task<bool> connection::send(std::array<asio::const_buffer, 3> pieces, milliseconds patience)
{
    std::size_t left = asio::buffer_size(pieces);
    while (left > 0) {
        expired_ = false;
        set_deadline(patience);
        io_outcome wrote =
            co_await await_io([this, &pieces](io_completion done) { socket_.async_write_some(pieces, done); });
        clear_deadline();
        if (wrote.error)
            co_return false;
        left -= wrote.bytes;
        for (auto& piece : pieces) {
            const auto part = std::min(wrote.bytes, piece.size());
            piece += part;
            wrote.bytes -= part;
        }
    }
    co_return true;
}

/// Answers what is not worth a handler, and closes: nothing that follows on this connection is looked at.
task<> connection::refuse(response given)
{
    home_->core->refused.fetch_add(1, std::memory_order_relaxed);
    phase_ = phase::working;
    keep_ = false;
    home_->let_go_body(*work_);
    render_head(work_->out, given, home_->date_line, {.keep_alive = false});
    work_->out += given.body;
    bool sent = co_await flush();
    if (sent)
        co_await linger();
}

/// Reads on for a moment: closing with unread bytes would reset the connection and could take the answer away.
task<> connection::linger()
{
    error_code failed;
    socket_.shutdown(socket_.shutdown_send, failed);
    phase_ = phase::lingering;
    expired_ = false;
    set_deadline(home_->core->limit.linger_time);
    while (!failed && !draining_ && !expired_) {
        io_outcome got =
            co_await await_io([this](io_completion done) { socket_.async_read_some(asio::buffer(work_->data), done); });
        failed = got.error;
    }
    clear_deadline();
}

task<> connection::run_stream(response given)
{
    const bool chunked = work_->head.minor == 1;
    const bool head_only = work_->head.method == "HEAD";
    render_head(work_->out, given, home_->date_line, {.keep_alive = false, .minor = work_->head.minor});
    bool sent = co_await flush();
    if (!sent || head_only || draining_)
        co_return;
    home_->give_back(std::move(work_)); // a stream holds no buffer; the request's views end here
    error_code ignored;
    socket_.set_option(asio::socket_base::send_buffer_size(static_cast<int>(home_->core->limit.stream_buffer)),
                       ignored);
    phase_ = phase::streaming;
    connection_stream out{shared_from_this(), chunked};
    stream_ = &out;
    home_->core->streams.fetch_add(1, std::memory_order_relaxed);
    try {
        co_await given.stream(out);
    } catch (const std::exception& e) {
        spdlog::error("a stream failed: {}", e.what());
        out.break_off();
    } catch (...) {
        spdlog::error("a stream failed");
        out.break_off();
    }
    co_await switch_to(home_->on);
    home_->core->streams.fetch_sub(1, std::memory_order_relaxed);
    co_await out.finish();
    stream_ = nullptr;
}

} // namespace edm::web
