#include "chunk_decoder.hpp"
#include "connection.hpp"

#include "render.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace edm::web {

namespace {
constexpr std::size_t largest_read = 64 * 1024;
}

bool connection::announces_body() const noexcept
{
    return work_->head.chunked || work_->head.content_length.value_or(0) > 0;
}

task<bool> connection::receive_body()
{
    const auto& head = work_->head;
    const body_limit allowed = home_->core->answers.limit(head.method, head.path).value_or(body_limit{});
    const std::size_t size = head.content_length.value_or(0);
    if (size > allowed.bytes) {
        status_ = 413;
        co_return false;
    }
    if (!head.chunked && work_->unread().size() >= request_size_ + size) {
        body_ = work_->unread().substr(request_size_, size);
        request_size_ += size;
        co_return true;
    }
    if (allowed.bytes > home_->core->limit.body_unasked && (head.chunked || size > home_->core->limit.body_unasked)) {
        bool welcome = co_await admitted();
        if (!welcome)
            co_return false;
    }
    bool ready = co_await before_body();
    if (!ready)
        co_return false;
    phase_ = phase::receiving;
    body_started_ = std::chrono::steady_clock::now();
    work_->body.clear();
    bool whole = false;
    if (head.chunked)
        whole = co_await receive_chunked(allowed);
    else
        whole = co_await receive_sized(size, allowed);
    body_ = work_->body;
    co_return whole;
}

/// Whether the handler wants this body, by its head alone.
task<bool> connection::admitted()
{
    clear_deadline();
    phase_ = phase::working;
    std::optional<response> refused;
    const request head = present_request();
    try {
        refused = co_await home_->core->answers.admit(head);
    } catch (const std::exception& e) {
        spdlog::error("{} {} failed: {}", head.method, head.path, e.what());
        refused = refusal(500);
    } catch (...) {
        spdlog::error("{} {} failed", head.method, head.path);
        refused = refusal(500);
    }
    co_await switch_to(home_->on);
    if (!refused)
        co_return true;
    refused->stream = {};
    refusal_ = std::make_unique<response>(sendable(*refused) ? std::move(*refused) : refusal(500));
    co_return false;
}

/// Before the body grows to `size` bytes; false where all bodies together take too much.
bool connection::hold_body(std::size_t size)
{
    auto& held = work_->held;
    if (size <= held)
        return true;
    if (!home_->core->hold_body(size - held, control_)) {
        status_ = 503;
        return false;
    }
    held = size;
    return true;
}

/// Sends what the peer may wait for before it sends the body: earlier answers, and the invitation it asked for.
task<bool> connection::before_body()
{
    if (work_->head.expects_continue && work_->unread().size() == request_size_)
        work_->out += "HTTP/1.1 100 Continue\r\n\r\n";
    if (write_now())
        co_return true;
    bool sent = co_await flush();
    co_return sent;
}

/// 0: the connection ended, or `status_` says why it is refused.
task<std::size_t> connection::read_body_part(char* into, std::size_t size, body_limit allowed, std::size_t received)
{
    const auto& limit = home_->core->limit;
    const auto time = allowed.time > milliseconds{0} ? allowed.time : limit.body_time;
    const auto earned = milliseconds{received * 1000 / std::max<std::size_t>(1, limit.body_rate)};
    const auto until = body_started_ + std::min(time, limit.body_grace + earned);
    const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
    expired_ = false;
    set_deadline(std::max(left, milliseconds{0}));
    io_outcome got = co_await await_io(
        [this, into, size](io_completion done) { socket_.async_read_some(asio::buffer(into, size), done); });
    if (got.error && expired_)
        status_ = 408;
    co_return got.error ? 0 : got.bytes;
}

task<bool> connection::receive_sized(std::size_t size, body_limit allowed)
{
    auto& body = work_->body;
    if (!hold_body(work_->unread().size() - request_size_))
        co_return false;
    body.assign(work_->unread().substr(request_size_));
    request_size_ = work_->unread().size();
    while (body.size() < size) {
        const std::size_t have = body.size();
        const std::size_t part = std::min(size - have, largest_read);
        if (!hold_body(have + part))
            co_return false;
        body.resize_and_overwrite(have + part, [](char*, std::size_t n) { return n; });
        std::size_t got = co_await read_body_part(body.data() + have, part, allowed, have);
        body.resize(have + got);
        if (got == 0)
            co_return false;
    }
    co_return true;
}

task<bool> connection::receive_chunked(body_limit allowed)
{
    auto& w = *work_;
    chunk_decoder decoder{allowed.bytes, home_->core->limit.header_bytes};
    const std::size_t first = w.begin + request_size_;
    std::size_t at = first;
    for (;;) {
        if (!hold_body(w.body.size() + w.end - at))
            co_return false;
        std::size_t consumed = 0;
        const auto state = decoder.decode({w.data.data() + at, w.end - at}, w.body, consumed);
        at += consumed;
        if (state == chunk_decoder::state::complete) {
            request_size_ = at - w.begin;
            co_return true;
        }
        if (state != chunk_decoder::state::more) {
            status_ = state == chunk_decoder::state::too_large ? 413 : 400;
            co_return false;
        }
        at = w.end = first; // all of it was decoded: the space behind the head is free again
        std::size_t got = co_await read_body_part(w.data.data() + first, w.data.size() - first, allowed, w.body.size());
        w.end += got;
        if (got == 0)
            co_return false;
    }
}

} // namespace edm::web
