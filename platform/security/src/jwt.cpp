#include <edm/security/jwt.hpp>

#include <edm/core/text.hpp>
#include <edm/describe/describe.hpp>
#include <edm/security/mac.hpp>

#include <stdexcept>

namespace edm::security {

namespace {

constexpr std::string_view issuer = "edm";
constexpr std::size_t longest_token = 4096;
constexpr std::array<std::string_view, 3> types{"at+jwt", "confirmation+jwt", "password-reset+jwt"};
constexpr std::array<std::string_view, 3> audiences{"edm:access", "edm:confirmation", "edm:password-reset"};

struct payload
{
    std::string iss, aud, sub, jti;
    std::int64_t iat = 0, exp = 0, generation = 0;
    bool administrator = false;
    std::string about;
};
BOOST_DESCRIBE_STRUCT(payload, (), (iss, aud, sub, jti, iat, exp, generation, administrator, about))

std::size_t index(purpose what)
{
    return static_cast<std::size_t>(what);
}

/// The header is a constant: a token whose header differs by one byte (another algorithm, `crit`, `jku`) is not ours.
std::string header(purpose what)
{
    return base64url(R"({"alg":"HS256","typ":")" + std::string{types[index(what)]} + R"("})");
}

std::int64_t seconds(time_point t)
{
    return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
}

time_point from_seconds(std::int64_t s)
{
    return time_point{std::chrono::seconds{s}};
}

} // namespace

token_signer::token_signer(std::string_view master)
{
    if (master.size() < 32)
        throw std::invalid_argument("the token key needs at least 32 bytes");
    for (std::size_t i = 0; i != keys_.size(); ++i)
        keys_[i] = hmac_sha256(master, "edm token key: " + std::string{types[i]});
}

std::string token_signer::issue(purpose what, const claims& c) const
{
    payload p{.iss = std::string{issuer},
              .aud = std::string{audiences[index(what)]},
              .sub = c.sub,
              .jti = c.jti,
              .iat = seconds(c.iat),
              .exp = seconds(c.exp),
              .generation = c.generation,
              .administrator = c.administrator,
              .about = c.about};
    auto signed_part = header(what) + "." + base64url(encode(p));
    return signed_part + "." + base64url(hmac_sha256(keys_[index(what)], signed_part));
}

std::expected<claims, token_error> token_signer::verify(purpose what, std::string_view token, time_point now) const
{
    auto invalid = std::unexpected(token_error::invalid);
    if (token.size() > longest_token || token.find('=') != std::string_view::npos)
        return invalid; // base64url in a token has no padding (RFC 7515)
    auto last = token.rfind('.'), first = token.find('.');
    if (first == std::string_view::npos || last == first || token.find('.', first + 1) != last)
        return invalid;
    // The signature first: nothing of an unsigned token is looked at.
    auto signature = from_base64url(token.substr(last + 1));
    if (!signature || !constant_time_equal(*signature, hmac_sha256(keys_[index(what)], token.substr(0, last))))
        return invalid;
    if (token.substr(0, first) != header(what))
        return invalid;
    auto json = from_base64url(token.substr(first + 1, last - first - 1));
    if (!json)
        return invalid;
    auto p = decode<payload>(*json);
    if (!p || p->iss != issuer || p->aud != audiences[index(what)] || p->sub.empty())
        return invalid;
    if (p->iat > seconds(now) + 60)
        return invalid;
    if (p->exp <= seconds(now))
        return std::unexpected(token_error::expired);
    return claims{p->sub,           p->jti,  from_seconds(p->iat), from_seconds(p->exp), p->generation,
                  p->administrator, p->about};
}

} // namespace edm::security
