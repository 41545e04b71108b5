#include <edm/config/secret_kind.hpp>

#include <edm/core/text.hpp>

#include <array>
#include <stdexcept>

namespace edm::config {

namespace {

std::string random_bytes(const random_source& random)
{
    std::array<std::uint8_t, 32> bytes{};
    random.fill(bytes);
    return std::string(bytes.begin(), bytes.end());
}

// Without characters that look alike.
std::string typeable(const random_source& random)
{
    static constexpr std::string_view alphabet = "abcdefghijkmnpqrstuvwxyz23456789";
    std::string out;
    for (int i = 0; i != 20; ++i) {
        if (i != 0 && i % 5 == 0)
            out += '-';
        out += alphabet[random.below(alphabet.size())];
    }
    return out;
}

} // namespace

std::string generate_secret(secret_kind kind, const random_source& random)
{
    switch (kind) {
    case secret_kind::signing_key:
    case secret_kind::api_key:
        return random.hex(32);
    case secret_kind::fernet_key:
        return base64url(random_bytes(random), true);
    case secret_kind::webhook_secret:
        return "whsec_" + base64(random_bytes(random));
    case secret_kind::password:
        return typeable(random);
    }
    throw std::logic_error{"unknown kind of secret"};
}

} // namespace edm::config
