#pragma once

#include "io_executor.hpp"

#include <array>
#include <cstdint>
#include <memory>

namespace edm::web {

/// A coarse deadline of something that lives on one context. Moving a deadline later costs two stores. All on the
/// context's thread.
class deadline
{
  public:
    deadline() = default;
    deadline(const deadline&) = delete;
    deadline& operator=(const deadline&) = delete;

  protected:
    ~deadline() = default;

  private:
    friend class deadline_wheel;
    static constexpr std::uint64_t never = ~std::uint64_t{0};

    virtual void expired() = 0;

    deadline* before_ = nullptr;
    deadline* after_ = nullptr;
    std::uint64_t due_ = never;
    std::uint64_t queued_ = never;
};

/// All deadlines of one context under one timer, which runs only while there are any. Lives in a shared_ptr.
class deadline_wheel : public std::enable_shared_from_this<deadline_wheel>
{
  public:
    deadline_wheel(io_executor& on, std::chrono::milliseconds tick);
    virtual ~deadline_wheel() = default;

    /// `d.expired()` is called once, `delay` from now at the earliest, unless it is set again or cleared before.
    void set(deadline& d, std::chrono::milliseconds delay);
    void clear(deadline& d) noexcept { d.due_ = deadline::never; }
    /// Before a deadline is destroyed.
    void remove(deadline& d) noexcept;

  protected:
    /// Called at every tick, and when ticking starts.
    virtual void ticked() {}

  private:
    using steady = std::chrono::steady_clock;
    static constexpr std::size_t slots = 512;
    struct sentinel final : deadline
    {
        void expired() override {}
    };

    static void unlink(deadline& d) noexcept;
    static void link(deadline& list, deadline& d) noexcept;
    void enqueue(deadline& d, std::uint64_t at);
    void start();
    void schedule();
    void advance();
    void run_slot(std::uint64_t tick);

    asio::basic_waitable_timer<steady, asio::wait_traits<steady>, asio::io_context::executor_type> timer_;
    steady::duration tick_;
    steady::time_point origin_;
    std::uint64_t now_ = 0;
    std::size_t entries_ = 0;
    bool ticking_ = false;
    std::array<sentinel, slots> ring_;
};

} // namespace edm::web
