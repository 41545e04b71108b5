#include "crypto.hpp"

#include <edm/security/fernet.hpp>
#include <edm/security/webhook.hpp>

namespace edm::payment_provider {

std::optional<std::string> key_problem(const std::string& key)
{
    if (security::is_fernet_key(key))
        return {};
    return "is no Fernet key. Write 32 random bytes in base64url with padding.";
}

std::string seal(const std::string& key, std::string_view plaintext, const environment& at)
{
    return security::fernet_encrypt(key, plaintext, at.now(), *at.random);
}

std::expected<card, std::string> unseal(const std::string& key, std::string_view token, time_point now)
{
    auto json = security::fernet_decrypt(key, token, now);
    if (!json)
        return std::unexpected<std::string>("the card's token is malformed or of another key");
    return read_card(*json);
}

std::vector<std::pair<std::string, std::string>> signed_headers(const std::string& secret, const std::string& id,
                                                                time_point now, const std::string& body)
{
    auto at = std::to_string(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
    return {{"content-type", "application/json"},
            {"webhook-id", id},
            {"webhook-timestamp", at},
            {"webhook-signature", security::sign_webhook(secret, id, at, body)}};
}

} // namespace edm::payment_provider
