#include "tokens.hpp"

#include "errors.hpp"

#include <edm/security/jwt.hpp>
#include <fmt/format.h>

namespace edm::authentication {

namespace {

security::claims claims_of(const user_credentials& user, const resources& from, time_point now, milliseconds life)
{
    return {.sub = user.id, .jti = from.environment.id(), .iat = now, .exp = now + life, .generation = user.generation};
}

} // namespace

std::string tokens::access(const user_credentials& user, bool administrator, time_point now) const
{
    auto c = claims_of(user, from_, now, access_token_life);
    c.administrator = administrator;
    return from_.tokens->issue(security::purpose::access, c);
}

std::string tokens::reset_link(const user_credentials& user, time_point now) const
{
    auto token = from_.tokens->issue(security::purpose::password_reset, claims_of(user, from_, now, reset_token_life));
    return fmt::format("{}/reset-password?token={}", from_.public_url, token);
}

result<reset_claims> tokens::read_reset(std::string_view token, time_point now) const
{
    auto c = from_.tokens->verify(security::purpose::password_reset, token, now);
    if (!c)
        return fail(c.error() == security::token_error::expired ? errc::expired_reset_token
                                                                : errc::invalid_reset_token);
    return reset_claims{std::move(c->sub), c->generation};
}

} // namespace edm::authentication
