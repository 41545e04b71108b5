#pragma once

#include <edm/core/task.hpp>

#include <chrono>
#include <coroutine>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace edm {

/// One thread's queue of work: an I/O context, or the loop of a test. Work posted to one executor never overlaps, so
/// what lives on it needs no lock. `post` and `after` may be called from any thread.
class executor
{
  public:
    using function = std::move_only_function<void()>;

    virtual ~executor() = default;

    /// Runs `work` later on this executor, in the order of the calls.
    virtual void post(function work) = 0;
    /// Runs `work` on this executor once `delay` has passed. Dropped without being run when the executor stops.
    virtual void after(std::chrono::milliseconds delay, function work) = 0;

    /// The executor whose work this thread is running, or null on a thread that runs none.
    static executor* current() noexcept;

  protected:
    /// Marks this thread as running `self`'s work while it lives.
    class running
    {
      public:
        explicit running(executor* self) noexcept;
        ~running();
        running(const running&) = delete;
        running& operator=(const running&) = delete;

      private:
        executor* before_;
    };
};

/// Continues the awaiting coroutine on `target`: `co_await switch_to(context);`
inline auto switch_to(executor& target)
{
    struct awaiter
    {
        executor& target;
        bool await_ready() const noexcept { return executor::current() == &target; }
        void await_suspend(std::coroutine_handle<> me) { target.post(me); }
        void await_resume() noexcept {}
    };
    return awaiter{target};
}

/// Suspends the awaiting coroutine for `delay` on its own executor.
inline auto sleep_for(std::chrono::milliseconds delay)
{
    struct awaiter
    {
        std::chrono::milliseconds delay;
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> me) { executor::current()->after(delay, me); }
        void await_resume() noexcept {}
    };
    return awaiter{delay};
}

/// Resumes an awaiting coroutine with a value, exactly once, from any thread: the coroutine continues on the executor
/// it was suspended on (on the calling thread where there was none).
template <class T>
class resumption
{
  public:
    struct state
    {
        std::optional<T> value;
        std::coroutine_handle<> waiting;
        executor* home = nullptr;
    };

    explicit resumption(state& s) noexcept : state_(&s) {}
    void operator()(T value) const
    {
        state_->value.emplace(std::move(value));
        if (state_->home && state_->home != executor::current())
            state_->home->post(state_->waiting);
        else
            state_->waiting.resume();
    }
    /// Stores the value without resuming; the caller resumes `handle()` on `home()` itself (many at once, say).
    std::pair<executor*, std::coroutine_handle<>> set(T value) const
    {
        state_->value.emplace(std::move(value));
        return {state_->home, state_->waiting};
    }

  private:
    state* state_;
};

/// Awaits a callback: `T value = co_await callback<T>([&](resumption<T> done) { start(done); });`
/// `done` must be called exactly once, and not before `start` returns on another thread's behalf touches locals of
/// `start` (it may be called at once).
template <class T, class Start>
auto callback(Start start)
{
    struct awaiter
    {
        Start start;
        typename resumption<T>::state state{};
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> me)
        {
            state.waiting = me;
            state.home = executor::current();
            auto begin = std::move(start);
            begin(resumption<T>{state});
        }
        T await_resume() { return std::move(*state.value); }
    };
    return awaiter{std::move(start)};
}

} // namespace edm
