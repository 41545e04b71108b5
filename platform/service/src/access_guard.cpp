#include <edm/service/access_guard.hpp>

namespace edm {

void access_guard::attach(delivery& at)
{
    users_.attach(at);
    watching_ = users_.watch("", [this] {
        changes_.fetch_add(1);
        for (auto& s : shards_) {
            std::lock_guard lock(s.mutex);
            s.users.clear();
        }
    });
}

task<bool> access_guard::admits(const environment& env, std::string user_id, std::int64_t generation)
{
    constexpr milliseconds fresh{5000};
    auto now = env.now();
    auto& s = shards_[std::hash<std::string_view>{}(user_id) % shards_.size()];
    {
        std::lock_guard lock(s.mutex);
        auto at = s.users.find(std::string_view{user_id});
        if (at != s.users.end() && now - at->second.read_at < fresh)
            co_return at->second.value.enabled&& generation >= at->second.value.generation;
    }
    auto changes = changes_.load();
    auto found = co_await users_.get(user_id);
    if (!found)
        throw std::runtime_error("the access database is away");
    access value = found->value_or(access{});
    {
        std::lock_guard lock(s.mutex);
        // What changed while it was read is not kept.
        if (changes == changes_.load()) {
            if (s.users.size() >= most_per_shard)
                s.users.clear();
            s.users.insert_or_assign(std::move(user_id), known{value, now});
        }
    }
    co_return value.enabled&& generation >= value.generation;
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
