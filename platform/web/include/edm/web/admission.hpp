#pragma once

#include <edm/core/executor.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace edm::web {

/// Places for requests in flight, of all contexts together. Free places cost one atomic operation; who finds none waits
/// in line for a while. Thread-safe; held by a shared_ptr.
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

/// A place that was entered; leaves it when it goes. Empty where there is none to leave.
class place
{
  public:
    place() = default;
    explicit place(std::shared_ptr<admission> entered) noexcept : of_(std::move(entered)) {}
    place(place&&) noexcept = default;
    place& operator=(place&& other) noexcept
    {
        std::swap(of_, other.of_);
        return *this;
    }
    ~place()
    {
        if (of_)
            of_->leave();
    }

  private:
    std::shared_ptr<admission> of_;
};

} // namespace edm::web
