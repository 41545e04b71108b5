#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace edm::mail_engine {

/// A few threads for work that blocks, and a queue of bounded length before them. Threads start with the first work.
/// Thread-safe.
class sender_pool
{
  public:
    /// Called exactly once: on a thread of the pool, or with false where it will not run.
    using job = std::move_only_function<void(bool runs)>;

    sender_pool(std::size_t threads, std::size_t waiting) : threads_(threads), waiting_(waiting) {}
    /// Lets what runs end, and refuses what waits.
    ~sender_pool();
    sender_pool(const sender_pool&) = delete;
    sender_pool& operator=(const sender_pool&) = delete;

    /// With a full queue the job is refused at once, on this thread.
    void add(job one);

  private:
    void work();

    const std::size_t threads_;
    const std::size_t waiting_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<job> queue_;
    std::size_t busy_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> running_;
};

} // namespace edm::mail_engine
