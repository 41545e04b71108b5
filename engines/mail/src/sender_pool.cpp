#include "sender_pool.hpp"

#include <utility>

namespace edm::mail_engine {

sender_pool::~sender_pool()
{
    std::deque<job> refused;
    {
        std::lock_guard lock{mutex_};
        stopping_ = true;
        refused.swap(queue_);
    }
    changed_.notify_all();
    for (auto& thread : running_)
        thread.join();
    for (auto& one : refused)
        one(false);
}

void sender_pool::add(job one)
{
    {
        std::lock_guard lock{mutex_};
        if (!stopping_ && queue_.size() < waiting_) {
            queue_.push_back(std::move(one));
            if (busy_ + queue_.size() > running_.size() && running_.size() < threads_)
                running_.emplace_back([this] { work(); });
        }
    }
    if (one)
        one(false);
    else
        changed_.notify_one();
}

void sender_pool::work()
{
    std::unique_lock lock{mutex_};
    for (;;) {
        changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (stopping_)
            return;
        {
            auto next = std::move(queue_.front());
            queue_.pop_front();
            ++busy_;
            lock.unlock();
            next(true);
        }
        lock.lock();
        --busy_;
    }
}

} // namespace edm::mail_engine
