#pragma once

#include <edm/core/environment.hpp>
#include <edm/core/executor.hpp>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>

namespace edm::testing {

/// A clock that stands still until it is moved.
class manual_clock final : public clock
{
  public:
    explicit manual_clock(time_point start = time_point{std::chrono::sys_days{std::chrono::year{2026} / 1 / 15}})
        : now_(start)
    {
    }
    time_point now() const override
    {
        std::lock_guard lock(mutex_);
        return now_;
    }
    void set(time_point to)
    {
        std::lock_guard lock(mutex_);
        now_ = to;
    }

  private:
    mutable std::mutex mutex_;
    time_point now_;
};

/// A deterministic generator (SplitMix64).
class seeded_random final : public random_source
{
  public:
    explicit seeded_random(std::uint64_t seed = 1) : state_(seed) {}
    void fill(std::span<std::uint8_t> out) const override
    {
        std::lock_guard lock(mutex_);
        for (auto& byte : out) {
            state_ += 0x9e3779b97f4a7c15ull;
            auto z = state_;
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
            z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
            byte = static_cast<std::uint8_t>(z ^ (z >> 31));
        }
    }

  private:
    mutable std::mutex mutex_;
    mutable std::uint64_t state_;
};

/// An executor that the test runs itself, with virtual time: timers fire when the clock is moved, never by waiting.
/// Other threads may post to it (a store's writer does).
class loop final : public executor
{
  public:
    /// `patience` is real time that other threads get to post something before virtual time moves; none where there
    /// are no other threads.
    explicit loop(manual_clock& c, milliseconds patience = milliseconds{3}) : clock_(c), patience_(patience) {}

    void post(function work) override;
    void after(milliseconds delay, function work) override;

    /// Runs what is there, and what that leads to, without moving the clock.
    void run_ready();
    /// Moves the clock from timer to timer, running what they lead to.
    void advance(milliseconds by);
    /// Runs until `work` has ended. Waits for other threads to post; moves the clock only where `move_clock`.
    template <class T>
    T await(task<T> work, bool move_clock = true);

  private:
    bool run_one();
    bool fire_next_timer(std::optional<time_point> until);
    void wait_for_post();
    template <class T>
    static task<> into(task<T> work, std::optional<T>& out, std::exception_ptr& error, bool& done);
    static task<> into(task<> work, std::exception_ptr& error, bool& done);

    manual_clock& clock_;
    milliseconds patience_;
    std::mutex mutex_;
    std::condition_variable posted_;
    std::deque<function> ready_;
    std::multimap<time_point, function> timers_;
};

template <class T>
task<> loop::into(task<T> work, std::optional<T>& out, std::exception_ptr& error, bool& done)
{
    try {
        out.emplace(co_await std::move(work));
    } catch (...) {
        error = std::current_exception();
    }
    done = true;
}

template <class T>
T loop::await(task<T> work, bool move_clock)
{
    std::exception_ptr error;
    bool done = false;
    auto run = [&](task<> wrapped) {
        post([&wrapped] { spawn(std::move(wrapped)); });
        while (!done) {
            if (run_one())
                continue;
            // A store's thread may still be at work: it gets its chance before virtual time moves.
            wait_for_post();
            if (done || run_one())
                continue;
            bool moved = move_clock && fire_next_timer({});
            if (!moved && patience_ == milliseconds{0})
                throw std::logic_error("what is awaited never ends");
        }
    };
    if constexpr (std::is_void_v<T>) {
        run(into(std::move(work), error, done));
        if (error)
            std::rethrow_exception(error);
    } else {
        std::optional<T> out;
        run(into(std::move(work), out, error, done));
        if (error)
            std::rethrow_exception(error);
        return std::move(*out);
    }
}

} // namespace edm::testing
