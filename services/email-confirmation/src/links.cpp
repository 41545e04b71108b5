#include "links.hpp"

#include "errors.hpp"

#include <edm/core/text.hpp>
#include <edm/security/jwt.hpp>

#include <fmt/format.h>

#include <chrono>

namespace edm::email_confirmation {

namespace {

constexpr milliseconds link_life = std::chrono::hours{24};

/// `shop.example` of `https://shop.example:8443/path`.
std::string_view host_of(std::string_view url)
{
    if (const auto scheme = url.find("://"); scheme != std::string_view::npos)
        url.remove_prefix(scheme + 3);
    return url.substr(0, url.find_first_of(":/"));
}

} // namespace

std::string links::to(const confirmation& user, time_point now) const
{
    // The claims have room for the number of the sign-up; its epoch goes into the token's own id, before the unique
    // part.
    const security::claims said{.sub = user.user_id,
                                .jti = fmt::format("{}-{}", user.sequence, from_.environment.id()),
                                .iat = now,
                                .exp = now + link_life,
                                .generation = user.sign_up};
    const auto token = from_.tokens->issue(security::purpose::confirmation, said);
    return fmt::format("{}/confirm-email?token={}", from_.public_url, percent_encode(token));
}

result<link_claims> links::read(std::string_view token, time_point now) const
{
    auto said = from_.tokens->verify(security::purpose::confirmation, token, now);
    if (!said)
        return fail(said.error() == security::token_error::expired ? errc::expired_token : errc::invalid_token);
    auto sequence = said->jti.substr(0, said->jti.find('-'));
    return link_claims{std::move(said->sub), std::move(sequence)};
}

std::string links::message_id(std::string_view item) const
{
    return fmt::format("{}@{}", item, host_of(from_.public_url));
}

} // namespace edm::email_confirmation
