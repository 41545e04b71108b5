#pragma once

#include "connection.hpp"

#include <edm/core/executor.hpp>

#include <chrono>
#include <map>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

namespace edm::bus_rabbitmq {

/// One connection and the thread that owns it: an executor whose work may use the connection. It connects, keeps the
/// heartbeat, and connects again with backoff and jitter, to each broker of the list in turn.
class link : public executor
{
  public:
    link(const options& with, std::vector<server> servers);
    ~link() override;

    void post(function work) override;
    void after(std::chrono::milliseconds delay, function work) override;

    void start();
    bool running_now() const { return thread_.joinable(); }
    /// Runs what was posted, closes the connection and ends the thread. What is derived calls it before it dies.
    void end();

  protected:
    // All on the link's own thread.
    virtual void connected() = 0;
    virtual void frame(const amqp_frame_t& f) = 0;
    /// The connection is gone: `up()` is false.
    virtual void lost(const broken& why) = 0;
    /// A batch of frames has been read.
    virtual void caught_up() {}

    bool up() const noexcept { return connection_ != nullptr; }
    /// Throws `broken` where there is none: whoever waited for something else may find it gone.
    connection& at() const
    {
        if (!connection_)
            throw broken("the connection is gone");
        return *connection_;
    }
    /// Of the connection, from 1.
    std::uint64_t generation() const noexcept { return generation_; }
    void drop(const broken& why);
    /// What was set up works: the next loss is tried again soon.
    void works() { failures_ = 0; }

    const options& with_;

  private:
    using steady = std::chrono::steady_clock;

    void run();
    void run_posted();
    void fire_timers();
    void connect();
    void read();
    void wait();

    std::vector<server> servers_;
    std::unique_ptr<connection> connection_;
    std::uint64_t generation_ = 0;
    std::size_t next_server_ = 0;
    unsigned failures_ = 0;
    steady::time_point next_try_{};
    int wake_ = -1;

    std::mutex mutex_;
    std::vector<function> posted_;
    std::multimap<steady::time_point, function> timers_; ///< guarded too: `after` comes from any thread
    bool ending_ = false;
    std::thread thread_;
};

} // namespace edm::bus_rabbitmq
