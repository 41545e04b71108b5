#include <edm/web/admission.hpp>

#include <algorithm>

namespace edm::web {

task<bool> admission::enter(std::chrono::milliseconds patience)
{
    bool entered = co_await callback<bool>([this, patience](resumption<bool> done) { wait(done, patience); });
    co_return entered;
}

void admission::wait(resumption<bool> done, std::chrono::milliseconds patience)
{
    auto me = std::make_shared<waiter>();
    me->resume.emplace(done);
    {
        const std::lock_guard lock{mutex_};
        line_.push_back(me);
        waiting_.fetch_add(1);
    }
    executor::current()->after(patience, [self = shared_from_this(), me] { self->give_up(me); });
    hand_on(); // a place may have become free before this waiter was seen
}

void admission::hand_on() noexcept
{
    for (;;) {
        std::shared_ptr<waiter> next;
        {
            const std::lock_guard lock{mutex_};
            if (line_.empty())
                return;
            if (taken_.fetch_add(1) >= places_) {
                taken_.fetch_sub(1);
                return;
            }
            next = std::move(line_.front());
            line_.pop_front();
            waiting_.fetch_sub(1);
            next->settled = true;
        }
        const auto [home, waiting] = next->resume->set(true);
        home->post(waiting); // not resumed here: that would nest without bound
    }
}

void admission::give_up(const std::shared_ptr<waiter>& who)
{
    {
        const std::lock_guard lock{mutex_};
        if (who->settled)
            return;
        who->settled = true;
        std::erase(line_, who);
        waiting_.fetch_sub(1);
    }
    (*who->resume)(false);
}

} // namespace edm::web
