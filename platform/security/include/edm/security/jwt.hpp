#pragma once

#include <edm/core/time.hpp>

#include <array>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace edm::security {

/// What a token is for. Each purpose has its own key and `typ`: a confirmation token is no access token.
enum class purpose : std::uint8_t
{
    access,
    confirmation,
    password_reset
};

struct claims
{
    std::string sub;             ///< the user's id
    std::string jti;             ///< unique
    time_point iat;              ///< to the second
    time_point exp;              ///< to the second
    std::int64_t generation = 0; ///< of the user's access
    bool administrator = false;
    std::string about{}; ///< what else the purpose names: the sign-up that a link confirms
};

enum class token_error
{
    invalid,
    expired
};

/// Writes and reads JSON Web Tokens (RFC 7519, RFC 8725): HS256 alone, at most 4 KiB. The header names the key (`kid`),
/// so that a key can be replaced while tokens of the one before still count. Immutable; thread-safe.
class token_signer
{
  public:
    /// @param master at least 32 bytes; throws std::invalid_argument otherwise
    /// @param previous the key before, whose tokens still verify; empty: none
    explicit token_signer(std::string_view master, std::string_view previous = {});

    std::string issue(purpose what, const claims& c) const;
    /// The claims of a token that was issued for this purpose and has not expired. A token issued more than 60 s in the
    /// future is invalid.
    std::expected<claims, token_error> verify(purpose what, std::string_view token, time_point now) const;

  private:
    /// What one purpose's tokens are signed with, and the only header that they may have.
    struct purpose_key
    {
        std::string secret;
        std::string header; ///< encoded
    };
    using key_set = std::array<purpose_key, 3>;

    static key_set derive(std::string_view master);

    std::vector<key_set> keys_; ///< the one that signs first
};

} // namespace edm::security
