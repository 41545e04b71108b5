#include "streams.hpp"

#include <utility>

namespace edm::notifications {

streams::place::place(streams& all, std::string user, std::shared_ptr<seat> mine)
    : all_(all), user_(std::move(user)), mine_(std::move(mine))
{
}

streams::place::~place()
{
    all_.leave(user_, mine_);
}

std::unique_ptr<streams::place> streams::enter(const std::string& user, std::function<void()> wake)
{
    auto mine = std::make_shared<seat>();
    mine->wake = std::move(wake);
    std::shared_ptr<seat> oldest;
    {
        std::lock_guard lock{mutex_};
        auto& seats = by_user_[user];
        seats.push_back(mine);
        if (seats.size() > per_user) {
            oldest = std::move(seats.front());
            seats.pop_front();
        }
    }
    if (oldest) {
        oldest->taken_away = true;
        oldest->wake();
    }
    return std::make_unique<place>(*this, user, std::move(mine));
}

void streams::leave(const std::string& user, const std::shared_ptr<seat>& mine)
{
    std::lock_guard lock{mutex_};
    const auto found = by_user_.find(user);
    if (found == by_user_.end())
        return;
    std::erase(found->second, mine);
    if (found->second.empty())
        by_user_.erase(found);
}

} // namespace edm::notifications
