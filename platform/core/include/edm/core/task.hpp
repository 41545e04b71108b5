#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace edm {

template <class T = void>
class task;

namespace detail {

struct final_awaiter
{
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> done) noexcept
    {
        return done.promise().continuation;
    }
    void await_resume() noexcept {}
};

struct promise_base
{
    std::coroutine_handle<> continuation = std::noop_coroutine();
    std::suspend_always initial_suspend() noexcept { return {}; }
    final_awaiter final_suspend() noexcept { return {}; }
};

template <class T>
struct promise final : promise_base
{
    std::variant<std::monostate, T, std::exception_ptr> outcome;

    task<T> get_return_object() noexcept;
    template <class U>
    void return_value(U&& value)
    {
        outcome.template emplace<1>(std::forward<U>(value));
    }
    void unhandled_exception() noexcept { outcome.template emplace<2>(std::current_exception()); }
    T take()
    {
        if (outcome.index() == 2)
            std::rethrow_exception(std::get<2>(outcome));
        return std::move(std::get<1>(outcome));
    }
};

template <>
struct promise<void> final : promise_base
{
    std::exception_ptr error;

    task<void> get_return_object() noexcept;
    void return_void() noexcept {}
    void unhandled_exception() noexcept { error = std::current_exception(); }
    void take()
    {
        if (error)
            std::rethrow_exception(error);
    }
};

} // namespace detail

/// A lazily started coroutine: it runs when it is awaited (or handed to `spawn`), and resumes its awaiter when it ends.
/// Owns its frame; destroying a task that has not ended destroys the frame. Not thread-safe: one awaiter, once.
template <class T>
class [[nodiscard]] task
{
  public:
    using promise_type = detail::promise<T>;
    using value_type = T;

    task() noexcept = default;
    explicit task(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}
    task(task&& other) noexcept : frame_(std::exchange(other.frame_, {})) {}
    task& operator=(task&& other) noexcept
    {
        if (this != &other) {
            if (frame_)
                frame_.destroy();
            frame_ = std::exchange(other.frame_, {});
        }
        return *this;
    }
    ~task()
    {
        if (frame_)
            frame_.destroy();
    }

    explicit operator bool() const noexcept { return static_cast<bool>(frame_); }

    auto operator co_await() && noexcept
    {
        struct awaiter
        {
            std::coroutine_handle<promise_type> frame;
            bool await_ready() const noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept
            {
                frame.promise().continuation = awaiting;
                return frame;
            }
            T await_resume() { return frame.promise().take(); }
        };
        return awaiter{frame_};
    }

  private:
    std::coroutine_handle<promise_type> frame_;
};

namespace detail {

template <class T>
task<T> promise<T>::get_return_object() noexcept
{
    return task<T>{std::coroutine_handle<promise>::from_promise(*this)};
}
inline task<void> promise<void>::get_return_object() noexcept
{
    return task<void>{std::coroutine_handle<promise>::from_promise(*this)};
}

struct detached
{
    struct promise_type
    {
        detached get_return_object() noexcept { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
    };
};

} // namespace detail

/// Runs `work` on this thread until it first suspends and lets it end on its own. An exception that leaves it ends the
/// process: what may fail is caught inside.
inline detail::detached spawn(task<> work)
{
    co_await std::move(work);
}

} // namespace edm
