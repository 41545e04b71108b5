#include "baseline_ends.hpp"

namespace edm::bus_rabbitmq {

task<baseline_ends::outcome> baseline_ends::wait(std::string request, milliseconds limit)
{
    co_return co_await callback<outcome>([this, &request, limit](resumption<outcome> done) {
        std::unique_lock lock(mutex_);
        if (ended_.erase(request) != 0 || stopped_) {
            auto how = stopped_ ? outcome::stopped : outcome::ended;
            lock.unlock();
            return done(how);
        }
        waiting_.emplace(request, done);
        // A timer that comes late finds that nobody waits.
        executor::current()->after(limit, [self = shared_from_this(), request] { self->give_up(request); });
    });
}

void baseline_ends::tell(const std::string& request)
{
    constexpr std::size_t most = 1000;
    std::unique_lock lock(mutex_);
    if (auto one = waiting_.extract(request)) {
        lock.unlock();
        return one.mapped()(outcome::ended);
    }
    if (ended_.size() >= most)
        ended_.clear();
    ended_.insert(request);
}

void baseline_ends::give_up(const std::string& request)
{
    std::unique_lock lock(mutex_);
    if (auto one = waiting_.extract(request)) {
        lock.unlock();
        one.mapped()(outcome::not_yet);
    }
}

void baseline_ends::stop()
{
    std::map<std::string, resumption<outcome>> waiting;
    {
        std::lock_guard lock(mutex_);
        stopped_ = true;
        waiting.swap(waiting_);
    }
    for (auto& [request, done] : waiting)
        done(outcome::stopped);
}

} // namespace edm::bus_rabbitmq
