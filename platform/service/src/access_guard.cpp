#include <edm/service/access_guard.hpp>

namespace edm {

namespace {

bool counts(const access& now, std::int64_t generation)
{
    return now.enabled && generation >= now.generation;
}

} // namespace

void access_guard::attach(delivery& at)
{
    users_.attach(at);
    watching_ = users_.watch_all([this](std::string_view user_id) {
        auto& s = shard_of(user_id);
        std::lock_guard lock(s.mutex);
        ++s.changes;
        if (auto at = s.users.find(user_id); at != s.users.end())
            s.users.erase(at);
    });
}

task<result<bool>> access_guard::admits(const environment& env, std::string user_id, std::int64_t generation)
{
    constexpr milliseconds fresh{5000};
    auto now = env.now();
    auto& s = shard_of(user_id);
    std::uint64_t changes = 0;
    {
        std::lock_guard lock(s.mutex);
        auto at = s.users.find(std::string_view{user_id});
        if (at != s.users.end() && now - at->second.read_at < fresh)
            co_return counts(at->second.value, generation);
        changes = s.changes;
    }
    auto found = co_await users_.get(user_id);
    if (!found)
        co_return fail(found.error());
    access value = found->value_or(access{});
    {
        std::lock_guard lock(s.mutex);
        // What changed while it was read is not kept.
        if (changes == s.changes) {
            if (s.users.size() >= most_per_shard)
                s.users.clear();
            s.users.insert_or_assign(std::move(user_id), known{value, now});
        }
    }
    co_return counts(value, generation);
}

void declare_access(registry& r, model& into)
{
    auto guard = std::make_shared<access_guard>(r.service());
    r.database(guard->users(), "access").watched().describe("Whose tokens still count here.");
    r.project<access_changed>(r.service() + ".access", guard->users(),
                              [](const access_changed& e) { return access{e.generation, e.enabled}; });
    into.attach.push_back([guard](delivery& at) { guard->attach(at); });
    into.guards.emplace(r.service(), guard);
}

} // namespace edm
