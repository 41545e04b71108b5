#pragma once

#include <edm/core/text.hpp>
#include <edm/gateway/router.hpp>

#include <array>
#include <mutex>
#include <optional>

namespace edm::gateway {

/// What a verified token says.
struct verified_token
{
    std::string user_id;
    std::int64_t generation = 0;
    bool administrator = false;
    time_point expires;
};

/// Tokens whose signature was verified, so that a busy client's is verified once. Bounded; thread-safe.
class router::token_cache
{
  public:
    std::optional<verified_token> find(std::string_view token, time_point now)
    {
        auto& s = shard_of(token);
        std::lock_guard lock(s.mutex);
        auto at = s.tokens.find(token);
        if (at == s.tokens.end())
            return {};
        if (at->second.expires <= now) {
            s.tokens.erase(at);
            return {};
        }
        return at->second;
    }
    void keep(std::string_view token, verified_token t)
    {
        auto& s = shard_of(token);
        std::lock_guard lock(s.mutex);
        if (s.tokens.size() >= most_per_shard)
            s.tokens.clear();
        s.tokens.insert_or_assign(std::string{token}, std::move(t));
    }

  private:
    static constexpr std::size_t most_per_shard = 1024;
    struct shard
    {
        std::mutex mutex;
        std::unordered_map<std::string, verified_token, string_hash, std::equal_to<>> tokens;
    };
    shard& shard_of(std::string_view token) { return shards_[std::hash<std::string_view>{}(token) % shards_.size()]; }
    std::array<shard, 16> shards_;
};

} // namespace edm::gateway
