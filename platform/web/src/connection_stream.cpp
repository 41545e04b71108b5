#include "connection_stream.hpp"

#include <fmt/format.h>

namespace edm::web {

/// Outlives the stream, so that anyone may ring it at any time.
class connection_stream::bell final : public stream_waker, public std::enable_shared_from_this<bell>
{
  public:
    bell(io_executor& home, connection_stream* of) : home_(home), of_(of) {}

    void wake() override
    {
        if (rung_.exchange(true, std::memory_order_acq_rel))
            return;
        home_.post([self = shared_from_this()] {
            if (self->of_ && self->of_->waiting_ && self->take())
                self->of_->resume(wakeup::woken);
        });
    }
    bool take() noexcept { return rung_.exchange(false, std::memory_order_acq_rel); }
    /// On the context's thread, as `stream`.
    void forget() noexcept { of_ = nullptr; }
    connection_stream* stream() const noexcept { return of_; }

  private:
    io_executor& home_;
    connection_stream* of_;
    std::atomic<bool> rung_{false};
};

struct connection_stream::parked
{
    connection_stream& stream;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> me) noexcept { stream.waiting_ = me; }
    wakeup await_resume() const noexcept { return stream.why_; }
};

connection_stream::connection_stream(std::shared_ptr<connection> of, bool chunked)
    : of_(std::move(of)), bell_(std::make_shared<bell>(of_->home().on, this)), chunked_(chunked)
{
    watch(of_, bell_);
}

connection_stream::~connection_stream()
{
    bell_->forget();
}

std::shared_ptr<stream_waker> connection_stream::waker()
{
    return bell_;
}

/// A peer that reads a stream has nothing to say: what it sends is thrown away, and its end of sending ends the stream.
void connection_stream::watch(const std::shared_ptr<connection>& of, const std::shared_ptr<bell>& bell)
{
    of->socket().async_wait(socket_type::wait_read, [of, bell](error_code failed) {
        auto* stream = bell->stream();
        if (!stream)
            return;
        char ignored[512];
        if (!failed)
            of->socket().read_some(asio::buffer(ignored), failed);
        if (!failed || failed == asio::error::would_block)
            watch(of, bell);
        else
            stream->break_off();
    });
}

task<bool> connection_stream::write(std::string chunk)
{
    co_await switch_to(of_->home().on);
    if (!open())
        co_return false;
    if (chunk.empty())
        co_return true;
    std::string size = chunked_ ? fmt::format("{:x}\r\n", chunk.size()) : std::string{};
    std::string_view tail = chunked_ ? "\r\n" : "";
    bool sent = co_await of_->send({asio::buffer(size), asio::buffer(chunk), asio::buffer(tail)},
                                   of_->home().core->limit.stream_stall);
    if (!sent)
        break_off();
    co_return sent;
}

task<wakeup> connection_stream::wait(milliseconds timeout)
{
    co_await switch_to(of_->home().on);
    if (!open())
        co_return wakeup::closed;
    if (bell_->take())
        co_return wakeup::woken;
    of_->set_deadline(timeout);
    wakeup why = co_await parked{*this};
    of_->clear_deadline();
    co_return why;
}

void connection_stream::resume(wakeup why)
{
    if (!waiting_)
        return;
    why_ = why;
    std::exchange(waiting_, {}).resume();
}

void connection_stream::end()
{
    open_.store(false, std::memory_order_relaxed);
    resume(wakeup::closed);
}

bool connection_stream::timed_out()
{
    if (!waiting_)
        return false;
    resume(wakeup::timed_out);
    return true;
}

void connection_stream::break_off()
{
    broken_ = true;
    end();
}

task<> connection_stream::finish()
{
    open_.store(false, std::memory_order_relaxed);
    if (broken_ || !chunked_)
        co_return;
    bool sent = co_await of_->send({asio::buffer("0\r\n\r\n", 5), {}, {}}, of_->home().core->limit.stream_stall);
    broken_ = !sent;
}

} // namespace edm::web
