#include <edm/testing/loop.hpp>

#include <algorithm>

namespace edm::testing {

void loop::post(function work)
{
    {
        std::lock_guard lock(mutex_);
        ready_.push_back(std::move(work));
    }
    posted_.notify_one();
}

void loop::after(milliseconds delay, function work)
{
    std::lock_guard lock(mutex_);
    timers_.emplace(clock_.now() + delay, std::move(work));
}

bool loop::run_one()
{
    function work;
    {
        std::lock_guard lock(mutex_);
        if (ready_.empty())
            return false;
        work = std::move(ready_.front());
        ready_.pop_front();
    }
    running mark(this);
    work();
    return true;
}

bool loop::fire_next_timer(std::optional<time_point> until)
{
    function work;
    {
        std::lock_guard lock(mutex_);
        if (timers_.empty() || (until && timers_.begin()->first > *until))
            return false;
        clock_.set(std::max(clock_.now(), timers_.begin()->first));
        work = std::move(timers_.begin()->second);
        timers_.erase(timers_.begin());
    }
    running mark(this);
    work();
    return true;
}

void loop::wait_for_post()
{
    if (patience_ == milliseconds{0})
        return;
    std::unique_lock lock(mutex_);
    posted_.wait_for(lock, patience_, [&] { return !ready_.empty(); });
}

void loop::run_ready()
{
    for (;;) {
        while (run_one()) {
        }
        wait_for_post();
        std::lock_guard lock(mutex_);
        if (ready_.empty())
            return;
    }
}

void loop::advance(milliseconds by)
{
    auto until = clock_.now() + by;
    run_ready();
    while (fire_next_timer(until))
        run_ready();
    clock_.set(until);
    run_ready();
}

task<> loop::into(task<> work, std::exception_ptr& error, bool& done)
{
    try {
        co_await std::move(work);
    } catch (...) {
        error = std::current_exception();
    }
    done = true;
}

} // namespace edm::testing
