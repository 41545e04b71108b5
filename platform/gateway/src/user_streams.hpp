#pragma once

#include <edm/core/text.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace edm::gateway {

/// How many streams each user holds in this process. Thread-safe; its seats may outlive it.
class user_streams
{
  public:
    explicit user_streams(std::size_t most) : state_(std::make_shared<state>()) { state_->most = most; }

    /// A place that is free again when it goes; null where the user has all theirs.
    std::shared_ptr<void> enter(const std::string& user)
    {
        {
            std::lock_guard lock(state_->mutex);
            auto& n = state_->held[user];
            if (n >= state_->most)
                return nullptr;
            ++n;
        }
        return std::make_shared<seat>(state_, user);
    }
    std::size_t users() const
    {
        std::lock_guard lock(state_->mutex);
        return state_->held.size();
    }

  private:
    struct state
    {
        std::mutex mutex;
        std::unordered_map<std::string, std::size_t> held;
        std::size_t most = 0;
    };
    struct seat
    {
        seat(std::shared_ptr<state> s, std::string u) : of(std::move(s)), user(std::move(u)) {}
        seat(const seat&) = delete;
        seat& operator=(const seat&) = delete;
        ~seat()
        {
            std::lock_guard lock(of->mutex);
            auto at = of->held.find(user);
            if (--at->second == 0)
                of->held.erase(at);
        }
        std::shared_ptr<state> of;
        std::string user;
    };

    std::shared_ptr<state> state_;
};

} // namespace edm::gateway
