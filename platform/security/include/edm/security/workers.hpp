#pragma once

#include <edm/core/executor.hpp>

#include <condition_variable>
#include <deque>
#include <exception>
#include <expected>
#include <functional>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <variant>
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

    /// Runs `f` on a thread of the pool; the awaiting coroutine continues on its own executor, and gets what `f`
    /// throws.
    template <class F>
    task<std::expected<std::invoke_result_t<F>, pool_full>> run(F f)
    {
        using value = std::invoke_result_t<F>;
        using outcome = std::variant<pool_full, value, std::exception_ptr>;
        outcome came = co_await callback<outcome>([this, &f](resumption<outcome> done) {
            if (!push([&f, done] { done(attempt<outcome>(f)); }))
                done(outcome{pool_full{}});
        });
        if (came.index() == 2)
            std::rethrow_exception(std::get<2>(came));
        if (came.index() == 0)
            co_return std::unexpected(pool_full{});
        co_return std::get<1>(std::move(came));
    }
    std::size_t depth() const;

  private:
    template <class Outcome, class F>
    static Outcome attempt(F& f) noexcept
    {
        try {
            return Outcome{std::in_place_index<1>, f()};
        } catch (...) {
            return Outcome{std::in_place_index<2>, std::current_exception()};
        }
    }
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
