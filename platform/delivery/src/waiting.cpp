#include "impl.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace edm {

namespace {

constexpr milliseconds look_again{25}; ///< at a mark that another process may move

/// Suspends until the waiter fires.
auto fired(std::shared_ptr<applied_waiter> w)
{
    struct awaiter
    {
        std::shared_ptr<applied_waiter> w;
        bool await_ready() const noexcept { return w->fired; }
        void await_suspend(std::coroutine_handle<> me) { w->waiting = me; }
        bool await_resume() const noexcept { return w->applied; }
    };
    return awaiter{std::move(w)};
}

/// Ends the wait on the waiter's own executor, once.
void fire(const std::shared_ptr<applied_waiter>& w, bool applied)
{
    w->home->post([w, applied] {
        if (w->fired)
            return;
        w->fired = true;
        w->applied = applied;
        if (w->waiting)
            w->waiting.resume();
    });
}

} // namespace

task<bool> delivery::impl::wait_applied(std::string_view service, std::string topic, std::string key, edm::sequence s,
                                        milliseconds limit)
{
    auto& here = state(service);
    const auto until = now_ms() + limit.count();
    for (const auto& to : parts_.declared->subscriptions) {
        if (to.service != service || to.topic != topic || !to.document_is_key)
            continue;
        auto w = std::make_shared<applied_waiter>();
        w->sequence = s;
        w->home = executor::current();
        std::pair place{to.name, key};
        {
            std::lock_guard lock(waiters_mutex_);
            waiters_[place].push_back(w);
            waiter_count_.fetch_add(1);
        }
        // Registered first, then read: an event that is applied in between fires the waiter.
        auto now = co_await here.store->load(to.db, key, {to.name, key});
        bool applied = now && now->mark >= s;
        for (auto left = until - now_ms(); !applied && left > 0; left = until - now_ms()) {
            // Another process that shares the documents applies events without a word to this one.
            auto pause = parts_.sole_owner ? milliseconds{left} : std::min(milliseconds{left}, look_again);
            w->home->after(pause, [w] { fire(w, false); });
            applied = co_await fired(w);
            if (applied || parts_.sole_owner)
                break;
            w->fired = false;
            w->waiting = {};
            now = co_await here.store->load(to.db, key, {to.name, key});
            applied = now && now->mark >= s;
        }
        {
            std::lock_guard lock(waiters_mutex_);
            auto at = waiters_.find(place);
            std::erase(at->second, w);
            if (at->second.empty())
                waiters_.erase(at);
            waiter_count_.fetch_sub(1);
        }
        if (!applied)
            co_return false;
        // The mark may be seen before its commit was told of: what was cached of the document goes before the wait
        // ends.
        if (here.databases[to.db]->watched)
            wake_watchers(message_of(here.name, to.db, key));
    }
    co_return true;
}

void delivery::impl::notify_applied(std::string_view subscription, std::string_view key, edm::sequence s)
{
    if (waiter_count_.load() == 0)
        return;
    std::lock_guard lock(waiters_mutex_);
    auto at = waiters_.find({std::string{subscription}, std::string{key}});
    if (at == waiters_.end())
        return;
    for (const auto& w : at->second)
        if (w->sequence <= s)
            fire(w, true);
}

std::shared_ptr<void> delivery::impl::watch(std::string_view service, db_id db, std::string_view document, watcher wake)
{
    auto handle = std::make_shared<watcher>(std::move(wake));
    std::lock_guard lock(watch_mutex_);
    if (watches_.size() >= sweep_watches_at_) {
        std::erase_if(watches_, [](const auto& name) {
            return std::ranges::all_of(name.second, [](const auto& one) { return one.expired(); });
        });
        sweep_watches_at_ = std::max<std::size_t>(1024, 2 * watches_.size());
    }
    auto& list = watches_[message_of(service, db, document)];
    std::erase_if(list, [](const auto& one) { return one.expired(); });
    list.push_back(handle);
    return handle;
}

std::string delivery::impl::message_of(std::string_view service, db_id db, std::string_view document)
{
    return fmt::format("{}/{}/{}", service, db, document);
}

/// The message names a document as `<service>/<db>/<id>`; a watch on the empty id hears of every document.
void delivery::impl::wake_watchers(std::string_view message)
{
    std::vector<std::shared_ptr<watcher>> woken;
    const auto database = message.substr(0, message.find('/', message.find('/') + 1) + 1);
    const auto document = message.substr(database.size());
    {
        std::lock_guard lock(watch_mutex_);
        for (auto name : {database, message}) { // what was cached of it goes before its readers look again
            auto at = watches_.find(name);
            if (at == watches_.end())
                continue;
            for (auto one = at->second.begin(); one != at->second.end();) {
                if (auto alive = one->lock()) {
                    woken.push_back(std::move(alive));
                    ++one;
                } else {
                    one = at->second.erase(one);
                }
            }
            if (at->second.empty())
                watches_.erase(at);
        }
    }
    for (auto& wake : woken)
        (*wake)(document);
}

bool delivery::impl::idle()
{
    if (active_.load() != 0)
        return false;
    for (const auto& [name, s] : services_)
        if (parts_.bus->backlog(name).events != 0)
            return false;
    return active_.load() == 0;
}

void delivery::impl::end_work()
{
    if (active_.fetch_sub(1) != 1)
        return;
    std::lock_guard lock(waiters_mutex_);
    for (auto& w : idle_waiters_)
        fire(w, true);
    idle_waiters_.clear();
}

task<> delivery::impl::drained()
{
    constexpr milliseconds look_again{5}; // events of other topics end no work, so their end is not announced
    while (!idle()) {
        auto w = std::make_shared<applied_waiter>();
        w->home = executor::current();
        {
            std::lock_guard lock(waiters_mutex_);
            idle_waiters_.push_back(w);
        }
        w->home->after(look_again, [w] { fire(w, true); });
        co_await fired(w);
    }
}

} // namespace edm
