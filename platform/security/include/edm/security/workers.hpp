#pragma once

#include <edm/core/executor.hpp>

#include <condition_variable>
#include <deque>
#include <expected>
#include <functional>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace edm::security {

/// More work waits than a pool takes.
struct pool_full
{
};

/// A few threads for work that is slow or blocks, with a bounded queue. Thread-safe.
class worker_pool
{
  public:
    worker_pool(std::size_t threads, std::size_t queue_limit);
    /// Finishes what is queued.
    ~worker_pool();

    /// Runs `f` on a thread of the pool; the awaiting coroutine continues on its own executor. `f` must not throw.
    template <class F>
    task<std::expected<std::invoke_result_t<F>, pool_full>> run(F f)
    {
        using outcome = std::expected<std::invoke_result_t<F>, pool_full>;
        co_return co_await callback<outcome>([this, &f](resumption<outcome> done) {
            if (!push([&f, done] { done(outcome{f()}); }))
                done(std::unexpected(pool_full{}));
        });
    }
    std::size_t depth() const;

  private:
    bool push(std::move_only_function<void()> work);
    void work();

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::move_only_function<void()>> queue_;
    std::size_t limit_;
    bool ending_ = false;
    std::vector<std::jthread> threads_;
};

} // namespace edm::security
