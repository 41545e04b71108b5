#include <edm/security/webhook.hpp>

#include <edm/core/text.hpp>
#include <edm/security/mac.hpp>

#include <charconv>
#include <optional>
#include <stdexcept>

namespace edm::security {

namespace {

constexpr std::string_view prefix = "whsec_";
constexpr std::size_t shortest_secret = 24, longest_secret = 64; // bytes, as the specification says
constexpr std::int64_t tolerance_seconds = 5 * 60;

std::optional<std::string> raw_secret(std::string_view secret)
{
    if (!secret.starts_with(prefix))
        return {};
    auto raw = from_base64(secret.substr(prefix.size()));
    if (!raw || raw->size() < shortest_secret || raw->size() > longest_secret)
        return {};
    return raw;
}

std::string checked_secret(std::string_view secret)
{
    auto raw = raw_secret(secret);
    if (!raw)
        throw std::invalid_argument("not a webhook secret: it is whsec_ and 24 to 64 bytes in base64");
    return std::move(*raw);
}

std::string mac_of(std::string_view key, std::string_view id, std::string_view timestamp, std::string_view body)
{
    std::string message;
    message.append(id).append(".").append(timestamp).append(".").append(body);
    return hmac_sha256(key, message);
}

} // namespace

bool is_webhook_secret(std::string_view secret)
{
    return raw_secret(secret).has_value();
}

std::optional<std::string> webhook_secret_problem(const std::string& secret)
{
    if (is_webhook_secret(secret))
        return {};
    return "is no webhook secret. Write whsec_ and 24 to 64 random bytes in base64.";
}

std::string sign_webhook(std::string_view secret, std::string_view id, std::string_view timestamp,
                         std::string_view body)
{
    return "v1," + base64(mac_of(checked_secret(secret), id, timestamp, body));
}

bool verify_webhook(const std::vector<std::string>& secrets, std::string_view id, std::string_view timestamp,
                    std::string_view signatures, std::string_view body, time_point now)
{
    std::vector<std::string> keys;
    for (const auto& secret : secrets)
        keys.push_back(checked_secret(secret));
    // 1 to 11 digits: no sign and no overflow; a full stop in the id would make what is signed ambiguous.
    if (timestamp.empty() || timestamp.size() > 11 ||
        timestamp.find_first_not_of("0123456789") != std::string_view::npos || id.empty() ||
        id.find('.') != std::string_view::npos)
        return false;
    std::int64_t at = 0;
    std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), at);
    auto age = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count() - at;
    if (age > tolerance_seconds || age < -tolerance_seconds)
        return false;
    bool good = false;
    for (const auto& key : keys) {
        auto expected = mac_of(key, id, timestamp, body);
        for (auto rest = signatures; !rest.empty();) {
            auto blank = std::min(rest.find(' '), rest.size());
            auto one = rest.substr(0, blank);
            rest.remove_prefix(std::min(blank + 1, rest.size()));
            if (!one.starts_with("v1,"))
                continue;
            auto given = from_base64(one.substr(3));
            good |= given && constant_time_equal(*given, expected);
        }
    }
    return good;
}

} // namespace edm::security
