#pragma once

#include <edm/core/text.hpp>
#include <edm/service/registry.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace edm {

/// What a service keeps of each user: whether a token still counts.
struct access
{
    std::int64_t generation = 0;
    bool enabled = true;
};
BOOST_DESCRIBE_STRUCT(access, (), (generation, enabled))

/// Decides whether a verified token still counts at one service: a lower generation than the latest known, or a
/// disabled user, is refused; an unknown user or a higher generation is accepted (its event is still on its way).
/// Holds what it read for 5 s at most, and drops it at once when this process commits a change. Thread-safe.
class access_guard
{
  public:
    explicit access_guard(std::string service) : service_(std::move(service)) {}

    void attach(delivery& at);
    /// Fails where the database cannot be read.
    task<result<bool>> admits(const environment& env, std::string user_id, std::int64_t generation);
    /// Calls `wake` whenever this user's access changes, until the handle dies.
    [[nodiscard]] std::shared_ptr<void> watch(std::string_view user_id, std::function<void()> wake) const
    {
        return users_.watch(user_id, std::move(wake));
    }

    database<access>& users() { return users_; }

  private:
    struct known
    {
        access value;
        time_point read_at;
    };
    static constexpr std::size_t most_per_shard = 4096;
    struct shard
    {
        std::mutex mutex;
        std::unordered_map<std::string, known, string_hash, std::equal_to<>> users;
        std::uint64_t changes = 0; ///< of its users' documents
    };
    shard& shard_of(std::string_view user_id)
    {
        return shards_[std::hash<std::string_view>{}(user_id) % shards_.size()];
    }

    std::string service_;
    database<access> users_;
    std::array<shard, 16> shards_;
    std::shared_ptr<void> watching_;
};

/// Adds the database `access` and the subscription `<service>.access` to a service with authenticated routes.
void declare_access(registry& r, model& into);

} // namespace edm
