#include "deadlines.hpp"

namespace edm::gateway {

deadlines::state::~state()
{
    for (auto* at = lanes.load(); at;) {
        auto* next = at->next;
        at->waiting.clear();
        delete at;
        at = next;
    }
}

deadlines::lane& deadlines::state::of(executor& home)
{
    for (auto* at = lanes.load(std::memory_order_acquire); at; at = at->next)
        if (at->home == &home)
            return *at;
    // Only its own executor's thread adds a lane, so nobody else adds this one meanwhile.
    auto fresh = std::make_unique<lane>();
    fresh->home = &home;
    fresh->next = lanes.load(std::memory_order_relaxed);
    while (!lanes.compare_exchange_weak(fresh->next, fresh.get(), std::memory_order_release, std::memory_order_relaxed))
        continue;
    return *fresh.release();
}

void deadlines::add(entry& e)
{
    auto* home = executor::current();
    if (!home)
        return;
    auto& at = state_->of(*home);
    e.begun_ = at.ticks;
    at.waiting.push_back(e);
    if (!at.armed)
        arm(state_, at);
}

void deadlines::arm(const std::shared_ptr<state>& all, lane& at)
{
    at.armed = true;
    at.home->after(all->step, [all, &at] { tick(all, at); });
}

void deadlines::tick(const std::shared_ptr<state>& all, lane& at)
{
    at.armed = false;
    ++at.ticks;
    while (!at.waiting.empty() && at.ticks - at.waiting.front().begun_ > steps) {
        auto& e = at.waiting.front();
        at.waiting.pop_front();
        e.expire();
    }
    if (!at.waiting.empty() && !at.armed)
        arm(all, at);
}

} // namespace edm::gateway
