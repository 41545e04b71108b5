#include "deadline_wheel.hpp"

#include <algorithm>

namespace edm::web {

deadline_wheel::deadline_wheel(io_executor& on, std::chrono::milliseconds tick)
    : timer_(on.io()), tick_(tick), origin_(steady::now())
{
    for (auto& each : ring_)
        each.before_ = each.after_ = &each;
}

void deadline_wheel::unlink(deadline& d) noexcept
{
    d.before_->after_ = d.after_;
    d.after_->before_ = d.before_;
    d.before_ = d.after_ = nullptr;
    d.queued_ = deadline::never;
}

void deadline_wheel::link(deadline& list, deadline& d) noexcept
{
    d.before_ = list.before_;
    d.after_ = &list;
    list.before_->after_ = &d;
    list.before_ = &d;
}

void deadline_wheel::set(deadline& d, std::chrono::milliseconds delay)
{
    if (!ticking_)
        start();
    const auto ticks =
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, (delay + tick_ - steady::duration{1}) / tick_));
    d.due_ = now_ + ticks + 1;
    if (d.queued_ <= d.due_)
        return; // looked at again when its slot comes
    if (d.queued_ != deadline::never) {
        unlink(d);
        --entries_;
    }
    enqueue(d, d.due_);
}

void deadline_wheel::enqueue(deadline& d, std::uint64_t at)
{
    d.queued_ = at;
    link(ring_[at % slots], d);
    ++entries_;
}

void deadline_wheel::remove(deadline& d) noexcept
{
    d.due_ = deadline::never;
    if (!d.before_)
        return;
    unlink(d);
    --entries_;
}

void deadline_wheel::start()
{
    ticking_ = true;
    now_ = static_cast<std::uint64_t>((steady::now() - origin_) / tick_);
    ticked();
    schedule();
}

void deadline_wheel::schedule()
{
    timer_.expires_at(origin_ + tick_ * static_cast<std::int64_t>(now_ + 1));
    timer_.async_wait([self = shared_from_this()](error_code failed) {
        if (!failed)
            self->advance();
    });
}

void deadline_wheel::advance()
{
    const auto until = static_cast<std::uint64_t>((steady::now() - origin_) / tick_);
    const auto first = until > now_ + slots ? until - slots : now_; // after a long stall each slot is visited once
    now_ = until;
    ticked();
    for (auto tick = first + 1; tick <= until; ++tick)
        run_slot(tick);
    if (entries_ == 0)
        ticking_ = false;
    else
        schedule();
}

void deadline_wheel::run_slot(std::uint64_t tick)
{
    sentinel due;
    due.before_ = due.after_ = &due;
    auto& slot = ring_[tick % slots];
    while (slot.after_ != &slot) {
        auto& each = *slot.after_;
        const auto queued = each.queued_;
        unlink(each);
        each.queued_ = queued;
        link(due, each);
    }
    while (due.after_ != &due) {
        auto& each = *due.after_;
        unlink(each);
        --entries_;
        if (each.due_ == deadline::never)
            continue;
        if (each.due_ > now_) {
            enqueue(each, each.due_);
            continue;
        }
        each.due_ = deadline::never;
        each.expired();
    }
}

} // namespace edm::web
