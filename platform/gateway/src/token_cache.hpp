#pragma once

#include <edm/core/text.hpp>
#include <edm/core/time.hpp>

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace edm::gateway {

/// What a verified token says.
struct verified_token
{
    std::string user_id;
    std::int64_t generation = 0;
    bool administrator = false;
    time_point expires;
};

/// Tokens whose signature was verified, so that a busy client's is verified once. Thread-safe.
///
/// Bounded: a shard holds two halves. When the younger is full the older goes, and what of it is used again has moved
/// to the younger, so that a flood of other tokens cannot push out those in use all at once.
class token_cache
{
  public:
    static constexpr std::size_t shards = 16;
    static constexpr std::size_t most_per_half = 512;

    std::optional<verified_token> find(std::string_view token, time_point now)
    {
        auto& s = shard_of(token);
        std::lock_guard lock(s.mutex);
        auto at = s.younger.find(token);
        if (at == s.younger.end()) {
            auto old = s.older.find(token);
            if (old == s.older.end())
                return {};
            auto kept = std::move(old->second);
            s.older.erase(old);
            at = s.put(token, std::move(kept));
        }
        if (at->second.expires <= now) {
            s.younger.erase(at);
            return {};
        }
        return at->second;
    }
    void keep(std::string_view token, verified_token t)
    {
        auto& s = shard_of(token);
        std::lock_guard lock(s.mutex);
        s.put(token, std::move(t));
    }
    std::size_t size()
    {
        std::size_t all = 0;
        for (auto& s : shards_) {
            std::lock_guard lock(s.mutex);
            all += s.younger.size() + s.older.size();
        }
        return all;
    }

  private:
    using tokens = std::unordered_map<std::string, verified_token, string_hash, std::equal_to<>>;
    struct shard
    {
        std::mutex mutex;
        tokens younger, older;

        tokens::iterator put(std::string_view token, verified_token t)
        {
            if (younger.size() >= most_per_half) {
                older = std::move(younger);
                younger = {};
            }
            return younger.insert_or_assign(std::string{token}, std::move(t)).first;
        }
    };
    shard& shard_of(std::string_view token) { return shards_[std::hash<std::string_view>{}(token) % shards]; }

    std::array<shard, shards> shards_;
};

} // namespace edm::gateway
