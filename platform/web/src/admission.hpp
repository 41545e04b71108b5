#pragma once

#include <edm/core/executor.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>

namespace edm::web {

/// The places for requests in flight, of all contexts together. Free places cost one atomic operation; who finds none
/// waits in line for a while.
class admission : public std::enable_shared_from_this<admission>
{
  public:
    explicit admission(std::size_t places) noexcept : places_(places) {}

    bool try_enter() noexcept
    {
        if (taken_.fetch_add(1) < places_)
            return true;
        leave();
        return false;
    }
    /// Waits at most `patience` for a place; false where none became free. Resumes on the awaiting executor.
    task<bool> enter(std::chrono::milliseconds patience);
    void leave() noexcept
    {
        taken_.fetch_sub(1);
        if (waiting_.load() > 0)
            hand_on();
    }
    std::size_t taken() const noexcept { return taken_.load(std::memory_order_relaxed); }

  private:
    struct waiter
    {
        bool settled = false;
        std::optional<resumption<bool>> resume;
    };

    void hand_on() noexcept;
    void give_up(const std::shared_ptr<waiter>& who);
    void wait(resumption<bool> done, std::chrono::milliseconds patience);

    const std::size_t places_;
    std::atomic<std::size_t> taken_{0};
    std::atomic<std::size_t> waiting_{0};
    std::mutex mutex_;
    std::deque<std::shared_ptr<waiter>> line_;
};

} // namespace edm::web
