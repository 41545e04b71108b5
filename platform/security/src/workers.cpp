#include <edm/security/workers.hpp>

namespace edm::security {

worker_pool::worker_pool(std::size_t threads, std::size_t queue_limit) : limit_(queue_limit)
{
    for (std::size_t i = 0; i != threads; ++i)
        threads_.emplace_back([this] { work(); });
}

worker_pool::~worker_pool()
{
    {
        std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_all();
}

bool worker_pool::push(std::move_only_function<void()> work)
{
    {
        std::lock_guard lock(mutex_);
        if (queue_.size() >= limit_ || ending_)
            return false;
        queue_.push_back(std::move(work));
    }
    wake_.notify_one();
    return true;
}

std::size_t worker_pool::depth() const
{
    std::lock_guard lock(mutex_);
    return queue_.size();
}

void worker_pool::work()
{
    for (;;) {
        std::move_only_function<void()> next;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [&] { return !queue_.empty() || ending_; });
            if (queue_.empty())
                return;
            next = std::move(queue_.front());
            queue_.pop_front();
        }
        next();
    }
}

} // namespace edm::security
