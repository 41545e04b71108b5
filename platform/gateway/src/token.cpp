#include "state.hpp"

#include <edm/core/text.hpp>
#include <edm/security/jwt.hpp>

namespace edm::gateway {

result<verified_token> token_of(const web::request& r, token_cache& known, const resources& by)
{
    if (r.from_control_socket)
        return verified_token{.user_id = "operator", .generation = 0, .administrator = true, .expires = {}};
    auto header = r.header("Authorization");
    if (!header)
        return fail(errors::invalid_token, "An access token is needed: Authorization: Bearer <token>.");
    if (header->size() < 8 || ascii_lower(header->substr(0, 7)) != "bearer ")
        return fail(errors::invalid_token);
    auto token = header->substr(7);
    auto now = by.environment.now();
    if (auto verified = known.find(token, now))
        return std::move(*verified);
    auto claims = by.tokens->verify(security::purpose::access, token, now);
    if (!claims)
        return fail(claims.error() == security::token_error::expired ? errors::expired_token : errors::invalid_token);
    verified_token out{std::move(claims->sub), claims->generation, claims->administrator, claims->exp};
    known.keep(token, out);
    return out;
}

web::response unauthorized(const failure& why, bool token_given)
{
    auto out = failure_response(why);
    if (why.kind->status == 401)
        out.headers.emplace_back("WWW-Authenticate", token_given ? R"(Bearer error="invalid_token")" : "Bearer");
    return out;
}

} // namespace edm::gateway
