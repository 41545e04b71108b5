#include "tokens.hpp"

#include "errors.hpp"

#include <edm/core/text.hpp>
#include <edm/security/jwt.hpp>

#include <fmt/format.h>

namespace edm::authentication {

namespace {

/// `shop.example` of `https://shop.example:8443/path`.
std::string_view host_of(std::string_view url)
{
    if (const auto scheme = url.find("://"); scheme != std::string_view::npos)
        url.remove_prefix(scheme + 3);
    return url.substr(0, url.find_first_of(":/"));
}

} // namespace

std::string tokens::access(const user_credentials& user, bool administrator, time_point now) const
{
    return from_.tokens->issue(security::purpose::access, {.sub = user.id,
                                                           .jti = from_.environment.id(),
                                                           .iat = now,
                                                           .exp = now + access_token_life,
                                                           .generation = user.generation,
                                                           .administrator = administrator});
}

std::string tokens::reset_link(const user_credentials& user, time_point now) const
{
    const auto token = from_.tokens->issue(security::purpose::password_reset, {.sub = user.id,
                                                                               .jti = from_.environment.id(),
                                                                               .iat = now,
                                                                               .exp = now + reset_token_life,
                                                                               .generation = user.generation});
    return fmt::format("{}/#/reset-password?token={}", from_.public_url, percent_encode(token));
}

result<reset_claims> tokens::read_reset(std::string_view token, time_point now) const
{
    auto said = from_.tokens->verify(security::purpose::password_reset, token, now);
    if (!said)
        return fail(said.error() == security::token_error::expired ? errc::expired_reset_token
                                                                   : errc::invalid_reset_token);
    return reset_claims{std::move(said->sub), said->generation};
}

std::string tokens::message_id(std::string_view item) const
{
    return fmt::format("{}@{}", item, host_of(from_.public_url));
}

} // namespace edm::authentication
