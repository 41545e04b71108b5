#include "io_executor.hpp"

#include <boost/asio/post.hpp>

#include <csignal>

namespace edm::web {

io_executor::io_executor() = default;

io_executor::~io_executor()
{
    stop();
    join();
}

void io_executor::post(function work)
{
    asio::post(io_, std::move(work));
}

void io_executor::after(std::chrono::milliseconds delay, function work)
{
    const auto due = steady::now() + delay;
    if (current() == this)
        insert(due, std::move(work));
    else
        post([this, due, work = std::move(work)]() mutable { insert(due, std::move(work)); });
}

void io_executor::insert(steady::time_point due, function work)
{
    timers_.emplace(due, std::move(work));
    arm();
}

void io_executor::arm()
{
    if (timers_.empty() || timers_.begin()->first >= armed_)
        return;
    armed_ = timers_.begin()->first;
    timer_.expires_at(armed_);
    timer_.async_wait([this](error_code failed) {
        if (!failed)
            fire();
    });
}

void io_executor::fire()
{
    armed_ = steady::time_point::max();
    const auto now = steady::now();
    while (!timers_.empty() && timers_.begin()->first <= now) {
        auto work = std::move(timers_.begin()->second);
        timers_.erase(timers_.begin());
        work();
    }
    arm();
}

void io_executor::start()
{
    if (thread_.joinable())
        return;
    thread_ = std::thread{[this] {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, nullptr); // signals belong to the main thread
        const running here{this};
        io_.run();
    }};
}

void io_executor::stop()
{
    post([this] { io_.stop(); });
}

void io_executor::join()
{
    if (thread_.joinable())
        thread_.join();
}

} // namespace edm::web
