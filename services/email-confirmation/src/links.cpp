#include "links.hpp"

#include "errors.hpp"

#include <edm/security/jwt.hpp>
#include <fmt/format.h>

namespace edm::email_confirmation {

namespace {
constexpr milliseconds link_life = std::chrono::hours{24};
}

std::string links::to(const confirmation& user, time_point now) const
{
    security::claims c{.sub = user.user_id, .jti = from_.environment.id(), .iat = now, .exp = now + link_life};
    c.about = user.sequence;
    return fmt::format("{}/confirm-email?token={}", from_.public_url,
                       from_.tokens->issue(security::purpose::confirmation, c));
}

result<link_claims> links::read(std::string_view token, time_point now) const
{
    auto c = from_.tokens->verify(security::purpose::confirmation, token, now);
    if (!c)
        return fail(c.error() == security::token_error::expired ? errc::expired_token : errc::invalid_token);
    return link_claims{std::move(c->sub), std::move(c->about)};
}

} // namespace edm::email_confirmation
