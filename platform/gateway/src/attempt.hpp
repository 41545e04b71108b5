#pragma once

#include "deadlines.hpp"

#include <edm/web/http.hpp>

#include <condition_variable>
#include <coroutine>
#include <exception>
#include <mutex>
#include <utility>

namespace edm::gateway {

/// Work that runs on although nobody waits for it any more. Thread-safe.
class abandoned_work
{
  public:
    void add()
    {
        std::lock_guard lock(mutex_);
        ++running_;
    }
    void ended()
    {
        std::lock_guard lock(mutex_);
        --running_;
        changed_.notify_all();
    }
    bool wait_none(milliseconds grace)
    {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, grace, [this] { return running_ == 0; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t running_ = 0;
};

/// The work on one request: a coroutine that runs at once, owns all that it uses, and survives its owner. It ends on
/// the executor where it began. What it throws must be caught inside.
class attempt
{
  public:
    struct promise_type
    {
        web::response answer;
        std::coroutine_handle<> owner;
        bool left = false; ///< nobody waits any more
        abandoned_work* among = nullptr;

        struct last
        {
            bool await_ready() const noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> me) noexcept
            {
                auto& p = me.promise();
                if (p.left) {
                    auto* among = p.among;
                    me.destroy();
                    if (among)
                        among->ended();
                    return std::noop_coroutine();
                }
                return p.owner ? p.owner : std::noop_coroutine();
            }
            void await_resume() noexcept {}
        };

        attempt get_return_object() noexcept
        {
            return attempt{std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        std::suspend_never initial_suspend() noexcept { return {}; }
        last final_suspend() noexcept { return {}; }
        void return_value(web::response r) noexcept { answer = std::move(r); }
        [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
    };

    attempt(attempt&& other) noexcept : frame_(std::exchange(other.frame_, {})) {}
    attempt& operator=(attempt&&) = delete;
    ~attempt()
    {
        if (frame_ && frame_.done())
            frame_.destroy();
        else if (frame_)
            frame_.promise().left = true;
    }

    /// Waits for the end, as long as the deadlines allow: whether it came in time. Else `leave` it.
    auto within(deadlines& limit) noexcept { return waiting{frame_, limit}; }
    web::response answer() && { return std::move(frame_.promise().answer); }
    /// It runs on without an owner, and its answer is dropped.
    void leave(abandoned_work& among)
    {
        among.add();
        auto& p = std::exchange(frame_, {}).promise();
        p.left = true;
        p.among = &among;
    }

  private:
    class waiting final : public deadlines::entry
    {
      public:
        waiting(std::coroutine_handle<promise_type> work, deadlines& limit) noexcept : work_(work), limit_(limit) {}
        bool await_ready() const noexcept { return work_.done(); }
        void await_suspend(std::coroutine_handle<> me)
        {
            work_.promise().owner = me;
            limit_.add(*this);
        }
        bool await_resume() const noexcept { return !expired_; }

      private:
        void expire() override
        {
            expired_ = true;
            std::exchange(work_.promise().owner, {}).resume();
        }

        std::coroutine_handle<promise_type> work_;
        deadlines& limit_;
        bool expired_ = false;
    };

    explicit attempt(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}

    std::coroutine_handle<promise_type> frame_;
};

} // namespace edm::gateway
