#pragma once

#include <edm/core/executor.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <map>
#include <thread>

namespace edm::web {

namespace asio = boost::asio;
using error_code = boost::system::error_code;

/// One context: an event loop, its thread, and a heap of timers under a single operating system timer.
class io_executor final : public executor
{
  public:
    io_executor();
    ~io_executor() override;

    void post(function work) override;
    void after(std::chrono::milliseconds delay, function work) override;

    void start();
    void stop();
    void join();
    asio::io_context& io() noexcept { return io_; }

  private:
    using steady = std::chrono::steady_clock;
    using io_timer = asio::basic_waitable_timer<steady, asio::wait_traits<steady>, asio::io_context::executor_type>;

    void insert(steady::time_point due, function work);
    void arm();
    void fire();

    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard_{io_.get_executor()};
    io_timer timer_{io_};
    std::multimap<steady::time_point, function> timers_;
    steady::time_point armed_ = steady::time_point::max();
    std::thread thread_;
};

/// The context behind an executor that came from `contexts`.
inline io_executor& io_of(executor& e) noexcept
{
    return static_cast<io_executor&>(e);
}

} // namespace edm::web
