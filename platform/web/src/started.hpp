#pragma once

#include <edm/core/task.hpp>

#include <atomic>
#include <coroutine>
#include <exception>
#include <memory>
#include <optional>

namespace edm::web {

/// A task that already runs. Lets its owner do something else when the task did not end at once, then await it. The
/// task may end on any thread. The owner awaits it exactly once, before it is destroyed.
template <class T>
class started
{
  public:
    explicit started(task<T> work) : state_(std::make_unique<state>()) { run(std::move(work), state_.get()); }

    bool done() const noexcept { return state_->place.load(std::memory_order_acquire) == ended; }

    auto operator co_await() noexcept
    {
        struct awaiter
        {
            state* s;
            bool await_ready() const noexcept { return s->place.load(std::memory_order_acquire) == ended; }
            bool await_suspend(std::coroutine_handle<> me) noexcept
            {
                s->waiting = me;
                int expected = running;
                return s->place.compare_exchange_strong(expected, awaited, std::memory_order_acq_rel);
            }
            T await_resume()
            {
                if (s->error)
                    std::rethrow_exception(s->error);
                return std::move(*s->value);
            }
        };
        return awaiter{state_.get()};
    }

  private:
    static constexpr int running = 0;
    static constexpr int awaited = 1;
    static constexpr int ended = 2;
    struct state
    {
        std::atomic<int> place{running};
        std::coroutine_handle<> waiting;
        std::optional<T> value;
        std::exception_ptr error;
    };

    static detail::detached run(task<T> work, state* s)
    {
        try {
            s->value.emplace(co_await std::move(work));
        } catch (...) {
            s->error = std::current_exception();
        }
        if (s->place.exchange(ended, std::memory_order_acq_rel) == awaited)
            s->waiting.resume();
    }

    std::unique_ptr<state> state_;
};

} // namespace edm::web
