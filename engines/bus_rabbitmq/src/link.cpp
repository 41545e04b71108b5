#include "link.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <system_error>

namespace edm::bus_rabbitmq {

link::link(const options& with, std::vector<server> servers)
    : with_(with), servers_(std::move(servers)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
    if (wake_ < 0)
        throw std::system_error(errno, std::system_category(), "eventfd");
}

link::~link()
{
    end();
    ::close(wake_);
}

void link::post(function work)
{
    {
        std::lock_guard lock(mutex_);
        posted_.push_back(std::move(work));
        if (posted_.size() != 1)
            return;
    }
    std::uint64_t one = 1;
    [[maybe_unused]] auto written = ::write(wake_, &one, sizeof one);
}

void link::after(std::chrono::milliseconds delay, function work)
{
    {
        std::lock_guard lock(mutex_);
        timers_.emplace(steady::now() + delay, std::move(work));
    }
    std::uint64_t one = 1;
    [[maybe_unused]] auto written = ::write(wake_, &one, sizeof one);
}

void link::start()
{
    if (!thread_.joinable())
        thread_ = std::thread([this] { run(); });
}

void link::end()
{
    {
        std::lock_guard lock(mutex_);
        ending_ = true;
    }
    std::uint64_t one = 1;
    [[maybe_unused]] auto written = ::write(wake_, &one, sizeof one);
    if (thread_.joinable())
        thread_.join();
}

void link::run()
{
    // A peer that is gone is an error of the write, not a signal for the process.
    sigset_t pipe;
    ::sigemptyset(&pipe);
    ::sigaddset(&pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    running mark(this);
    for (;;) {
        run_posted();
        fire_timers();
        {
            std::lock_guard lock(mutex_);
            if (ending_ && posted_.empty())
                break;
        }
        if (!up() && steady::now() >= next_try_)
            connect();
        if (up())
            read();
        wait();
    }
    connection_.reset();
}

void link::run_posted()
{
    std::vector<function> work;
    {
        std::lock_guard lock(mutex_);
        work.swap(posted_);
    }
    for (auto& one : work) {
        try {
            one();
        } catch (const broken& e) {
            drop(e);
        }
    }
}

void link::fire_timers()
{
    for (;;) {
        function due;
        {
            std::lock_guard lock(mutex_);
            if (timers_.empty() || timers_.begin()->first > steady::now())
                return;
            due = std::move(timers_.begin()->second);
            timers_.erase(timers_.begin());
        }
        try {
            due();
        } catch (const broken& e) {
            drop(e);
        }
    }
}

void link::connect()
{
    try {
        const auto& to = servers_[next_server_ % servers_.size()];
        connection_ = std::make_unique<connection>(to, with_);
        ++generation_;
        connected();
    } catch (const broken& e) {
        drop(e);
    }
}

void link::read()
{
    try {
        while (auto f = at().next_frame())
            frame(*f);
        at().release_buffers();
        caught_up();
    } catch (const broken& e) {
        drop(e);
    }
}

void link::drop(const broken& why)
{
    if (connection_)
        connection_->abandon();
    connection_.reset();
    ++next_server_;
    constexpr std::int64_t shortest = 100, longest = 10'000;
    auto step = std::min(longest, shortest << std::min(failures_++, 8u));
    auto jitter = static_cast<std::int64_t>(with_.environment.random->below(static_cast<std::uint64_t>(step)));
    next_try_ = steady::now() + std::chrono::milliseconds{step / 2 + jitter / 2};
    lost(why);
}

void link::wait()
{
    auto until = steady::now() + std::chrono::seconds{1}; // heartbeats are sent by the calls that read
    {
        std::lock_guard lock(mutex_);
        if (!posted_.empty() || ending_)
            return;
        if (!timers_.empty())
            until = std::min(until, timers_.begin()->first);
    }
    if (!up())
        until = std::min(until, next_try_);
    auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady::now());
    pollfd on[2] = {{wake_, POLLIN, 0}, {up() ? at().descriptor() : -1, POLLIN, 0}};
    ::poll(on, up() ? 2 : 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
    std::uint64_t seen;
    [[maybe_unused]] auto taken = ::read(wake_, &seen, sizeof seen);
}

} // namespace edm::bus_rabbitmq
