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

/// The header is a constant: a token whose header differs by one byte (another algorithm, another key, `crit`, `jku`)
/// is not ours. `kid` is a hash of the derived key, which tells nothing of it.
std::string header(std::string_view type, std::string_view secret)
{
    auto kid = base64url(sha256(secret).substr(0, 9));
    return base64url(R"({"alg":"HS256","typ":")" + std::string{type} + R"(","kid":")" + kid + R"("})");
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

token_signer::token_signer(std::string_view master, std::string_view previous) : keys_{derive(master)}
{
    if (!previous.empty())
        keys_.push_back(derive(previous));
}

token_signer::key_set token_signer::derive(std::string_view master)
{
    if (master.size() < 32)
        throw std::invalid_argument("the token key needs at least 32 bytes");
    key_set out;
    for (std::size_t i = 0; i != out.size(); ++i) {
        out[i].secret = hmac_sha256(master, "edm token key: " + std::string{types[i]});
        out[i].header = header(types[i], out[i].secret);
    }
    return out;
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
    const auto& key = keys_.front()[index(what)];
    auto signed_part = key.header + "." + base64url(encode(p));
    return signed_part + "." + base64url(hmac_sha256(key.secret, signed_part));
}

std::expected<claims, token_error> token_signer::verify(purpose what, std::string_view token, time_point now) const
{
    auto invalid = std::unexpected(token_error::invalid);
    if (token.size() > longest_token || token.find('=') != std::string_view::npos)
        return invalid; // base64url in a token has no padding (RFC 7515)
    auto last = token.rfind('.'), first = token.find('.');
    if (first == std::string_view::npos || last == first || token.find('.', first + 1) != last)
        return invalid;
    // The header is compared, never read; then the signature, before anything else of the token is looked at.
    const purpose_key* key = nullptr;
    for (const auto& set : keys_)
        if (token.substr(0, first) == set[index(what)].header)
            key = &set[index(what)];
    auto signature = from_base64url(token.substr(last + 1));
    if (!key || !signature || !constant_time_equal(*signature, hmac_sha256(key->secret, token.substr(0, last))))
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
