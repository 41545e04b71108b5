#include "connection.hpp"

#include "connection_stream.hpp"
#include "render.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace edm::web {

namespace {
constexpr std::size_t least_read = 1024;
constexpr std::size_t flush_above = 64 * 1024;
} // namespace

connection::connection(std::shared_ptr<server_context> home, socket_type socket, std::string peer, bool control)
    : home_(std::move(home)), socket_(std::move(socket)), peer_(std::move(peer)), control_(control)
{
}

connection::~connection() = default;

void connection::start()
{
    error_code failed;
    socket_.non_blocking(true, failed);
    home_->connections.insert(this);
    draining_ = home_->core->stopping;
    spawn(live(shared_from_this()));
}

task<> connection::live(std::shared_ptr<connection> self)
{
    try {
        co_await self->serve();
    } catch (const std::exception& e) {
        spdlog::error("a connection ended unexpectedly: {}", e.what());
    }
    self->finish();
}

void connection::finish() noexcept
{
    home_->give_back(std::move(work_)); // first: who sees the connection closed finds its room free
    error_code ignored;
    socket_.close(ignored);
    home_->remove(*this);
    home_->connections.erase(this);
    home_->core->closed();
}

void connection::drain()
{
    draining_ = true;
    error_code ignored;
    if (stream_)
        stream_->end();
    else if (phase_ == phase::idle || phase_ == phase::lingering)
        socket_.cancel(ignored);
}

void connection::abort()
{
    draining_ = true;
    error_code ignored;
    socket_.close(ignored);
    if (stream_)
        stream_->break_off();
}

void connection::expired()
{
    if (stream_ && stream_->timed_out())
        return;
    expired_ = true;
    error_code ignored;
    socket_.cancel(ignored);
}

auto connection::read_some()
{
    return await_io([this](io_completion done) {
        auto& w = *work_;
        socket_.async_read_some(asio::buffer(w.data.data() + w.end, w.data.size() - w.end), done);
    });
}

task<> connection::serve()
{
    work_ = home_->take_workspace();
    for (;;) {
        auto head = read_head();
        while (head == head_state::more) {
            if (!write_now()) {
                bool sent = co_await flush();
                if (!sent)
                    co_return;
            }
            if (draining_ && work_->unread().empty()) { // a request may have come before we are heard to stop
                if (!take_available())
                    co_return;
                head = read_head();
                continue;
            }
            expect_bytes();
            io_outcome got = co_await read_some();
            work_->end += got.bytes;
            if (got.error) {
                bool again = co_await read_failed(got.error);
                if (!again)
                    co_return;
            }
            head = read_head();
        }
        bool whole = head == head_state::complete;
        if (whole && announces_body())
            whole = co_await receive_body();
        if (!whole) {
            if (refusal_)
                co_await refuse(std::move(*std::exchange(refusal_, {})));
            else if (status_ != 0)
                co_await refuse(refusal(status_));
            co_return;
        }
        clear_deadline();
        phase_ = phase::working;
        keep_ = work_->head.keep_alive;
        response given = co_await answer(present_request());
        if (given.stream) {
            co_await run_stream(std::move(given));
            co_return;
        }
        if (append(given)) {
            const auto body = body_of(given);
            bool sent =
                co_await send({asio::buffer(work_->out), asio::buffer(body), {}}, home_->core->limit.write_time);
            work_->out.clear();
            if (!sent)
                co_return;
        }
        work_->consume(request_size_);
        work_->scanner.reset();
        home_->let_go_body(*work_);
        if (!keep_ || work_->out.size() > flush_above) {
            bool sent = co_await flush();
            if (!sent)
                co_return;
        }
        if (!keep_) {
            if (!work_->unread().empty())
                co_await linger();
            co_return;
        }
    }
}

connection::head_state connection::read_head()
{
    status_ = 0;
    switch (work_->scanner.scan(work_->unread())) {
    case head_scanner::state::more:
        return head_state::more;
    case head_scanner::state::refused:
        status_ = work_->scanner.status();
        return head_state::refused;
    case head_scanner::state::complete:
        break;
    }
    work_->make_room(least_read); // from here on views point into the buffer; a chunked body is read behind the head
    request_size_ = work_->scanner.head_size();
    body_ = {};
    status_ = work_->head.parse(work_->unread().substr(0, request_size_));
    return status_ == 0 ? head_state::complete : head_state::refused;
}

void connection::expect_bytes()
{
    const auto& limit = home_->core->limit;
    expired_ = false;
    if (work_->unread().empty()) {
        phase_ = phase::idle;
        set_deadline(std::min(limit.release_time, limit.idle_time));
    } else if (phase_ != phase::receiving) {
        phase_ = phase::receiving;
        set_deadline(limit.header_time);
    }
    work_->make_room(least_read);
}

bool connection::take_available()
{
    auto& w = *work_;
    w.make_room(least_read);
    error_code failed;
    const auto bytes = socket_.read_some(asio::buffer(w.data.data() + w.end, w.data.size() - w.end), failed);
    w.end += bytes;
    return !failed && bytes > 0;
}

task<bool> connection::read_failed(error_code why)
{
    if (why != asio::error::operation_aborted)
        co_return false;
    if (expired_ && phase_ == phase::receiving) { // also where bytes came just now: a head has one deadline
        co_await refuse(refusal(408));
        co_return false;
    }
    if (take_available())
        co_return true;
    if (draining_ || !expired_)
        co_return false;
    bool readable = co_await wait_idle();
    co_return readable;
}

task<bool> connection::wait_idle()
{
    home_->give_back(std::move(work_));
    expired_ = false;
    set_deadline(home_->core->limit.idle_time);
    io_outcome readable =
        co_await await_io([this](io_completion done) { socket_.async_wait(socket_.wait_read, done); });
    work_ = home_->take_workspace();
    co_return !readable.error || (draining_ && take_available());
}

} // namespace edm::web
