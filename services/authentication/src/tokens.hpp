#pragma once

#include "documents.hpp"

#include <edm/core/result.hpp>
#include <edm/core/time.hpp>
#include <edm/service/resources.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace edm::authentication {

inline constexpr milliseconds access_token_life = std::chrono::hours{24};
inline constexpr milliseconds reset_token_life = std::chrono::hours{1};

/// What a link to reset a password says, once its signature is verified.
struct reset_claims
{
    std::string user_id;
    std::int64_t generation = 0;
};

/// Writes and reads the tokens of this service; each purpose has a key of its own. Thread-safe.
class tokens
{
  public:
    explicit tokens(const resources& from) : from_(from) {}

    std::string access(const user_credentials& user, bool administrator, time_point now) const;
    /// The link to the page that resets the password of the account as it is now. It works without script, so the token
    /// is in the query, like that of a confirmation: it works once, for an hour, and the page tells no other site of
    /// it.
    std::string reset_link(const user_credentials& user, time_point now) const;
    /// Fails with `errc::invalid_reset_token` or `errc::expired_reset_token`.
    result<reset_claims> read_reset(std::string_view token, time_point now) const;

  private:
    const resources& from_;
};

} // namespace edm::authentication
