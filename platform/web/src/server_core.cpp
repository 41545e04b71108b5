#include "server_core.hpp"

#include <cstring>
#include <utility>

namespace edm::web {

namespace {
constexpr std::size_t first_buffer = 4096;
constexpr std::size_t kept_buffer = 32 * 1024;
constexpr std::size_t kept_body = 64 * 1024;
constexpr std::size_t kept_text = 128 * 1024;
constexpr std::size_t spare_workspaces = 64;
} // namespace

bool server_core::opened() noexcept
{
    accepted.fetch_add(1, std::memory_order_relaxed);
    return open.fetch_add(1) < limit.connections;
}

void server_core::closed() noexcept
{
    if (open.fetch_sub(1) != 1)
        return;
    const std::lock_guard lock{mutex_};
    empty_.notify_all();
}

bool server_core::hold_body(std::size_t bytes, bool exempt) noexcept
{
    if (body_bytes.fetch_add(bytes) + bytes <= limit.body_bytes || exempt)
        return true;
    body_bytes.fetch_sub(bytes);
    return false;
}

bool server_core::wait_empty(milliseconds patience)
{
    std::unique_lock lock{mutex_};
    return empty_.wait_for(lock, patience, [this] { return open.load() == 0; });
}

workspace::workspace(const limits& limit)
    : data(first_buffer), scanner(limit.request_line, limit.header_bytes, limit.header_fields)
{
}

void workspace::make_room(std::size_t size)
{
    if (data.size() - end >= size)
        return;
    if (begin > 0) {
        std::memmove(data.data(), data.data() + begin, end - begin);
        end -= begin;
        begin = 0;
    }
    if (data.size() - end < size)
        data.resize(std::max(data.size() * 2, end + size));
}

void workspace::consume(std::size_t size) noexcept
{
    begin += size;
    if (begin == end)
        begin = end = 0;
}

void workspace::reset()
{
    begin = end = 0;
    scanner.reset();
    body.clear();
    out.clear();
    if (data.size() > kept_buffer)
        std::vector<char>(first_buffer).swap(data);
    if (out.capacity() > kept_text)
        std::string{}.swap(out);
}

server_context::server_context(std::shared_ptr<server_core> shared, io_executor& executor)
    : deadline_wheel(executor, shared->limit.tick), core(std::move(shared)), on(executor)
{
}

std::unique_ptr<workspace> server_context::take_workspace()
{
    if (spare_.empty())
        return std::make_unique<workspace>(core->limit);
    auto taken = std::move(spare_.back());
    spare_.pop_back();
    return taken;
}

void server_context::give_back(std::unique_ptr<workspace> used)
{
    if (used)
        let_go_body(*used);
    if (!used || spare_.size() >= spare_workspaces)
        return;
    used->reset();
    spare_.push_back(std::move(used));
}

void server_context::let_go_body(workspace& of) noexcept
{
    if (of.held == 0)
        return;
    of.body.clear();
    if (of.body.capacity() > kept_body)
        std::string{}.swap(of.body);
    core->body_bytes.fetch_sub(std::exchange(of.held, 0));
}

void server_context::ticked()
{
    const auto second = std::chrono::floor<std::chrono::seconds>(core->env.now());
    if (second.time_since_epoch() == date_of_)
        return;
    date_of_ = second.time_since_epoch();
    date_line = "Date: " + to_http_date(second) + "\r\n";
}

} // namespace edm::web
