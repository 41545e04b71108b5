#include <edm/security/fernet.hpp>

#include <edm/core/text.hpp>
#include <edm/security/mac.hpp>

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

namespace edm::security {

namespace {

constexpr std::size_t version_and_time = 9, iv_size = 16, mac_size = 32, block = 16;
constexpr std::int64_t most_clock_skew = 60; // seconds, the specification's example

struct context_deleter
{
    void operator()(EVP_CIPHER_CTX* c) const { EVP_CIPHER_CTX_free(c); }
};

std::optional<std::string> aes_cbc(bool encrypting, std::string_view key, std::string_view iv, std::string_view input)
{
    static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-128-CBC", nullptr);
    std::unique_ptr<EVP_CIPHER_CTX, context_deleter> c{EVP_CIPHER_CTX_new()};
    auto bytes = [](std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); };
    std::string out(input.size() + block, '\0');
    auto* to = reinterpret_cast<unsigned char*>(out.data());
    int n = 0, last = 0;
    if (!c || EVP_CipherInit_ex2(c.get(), cipher, bytes(key), bytes(iv), encrypting, nullptr) != 1 ||
        EVP_CipherUpdate(c.get(), to, &n, bytes(input), static_cast<int>(input.size())) != 1 ||
        EVP_CipherFinal_ex(c.get(), to + n, &last) != 1)
        return {};
    out.resize(static_cast<std::size_t>(n + last));
    return out;
}

/// The specification has padded base64url alone; a second spelling of a token would be another token to those who
/// compare them as text.
std::optional<std::string> from_padded(std::string_view text)
{
    if (text.size() % 4 != 0)
        return {};
    return from_base64url(text);
}

std::int64_t seconds(time_point t)
{
    return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
}

std::optional<std::string> raw_key(std::string_view key)
{
    auto raw = from_padded(key);
    if (!raw || raw->size() != 32)
        return {};
    return raw;
}

} // namespace

bool is_fernet_key(std::string_view key)
{
    return raw_key(key).has_value();
}

std::string fernet_encrypt(std::string_view key, std::string_view plaintext, time_point now,
                           const random_source& random)
{
    auto raw = raw_key(key);
    if (!raw)
        throw std::invalid_argument("not a Fernet key: it is 32 bytes in base64url");
    std::string iv(iv_size, '\0');
    random.fill({reinterpret_cast<std::uint8_t*>(iv.data()), iv.size()});
    auto at = static_cast<std::uint64_t>(seconds(now));
    std::string token(1, '\x80');
    for (int shift = 56; shift >= 0; shift -= 8)
        token += static_cast<char>(at >> shift & 0xff);
    auto sealed = aes_cbc(true, std::string_view{*raw}.substr(16), iv, plaintext);
    if (!sealed)
        throw std::runtime_error("AES-128-CBC is not available");
    token += iv + *sealed;
    token += hmac_sha256(std::string_view{*raw}.substr(0, 16), token);
    return base64url(token, true);
}

std::optional<std::string> fernet_decrypt(std::string_view key, std::string_view token, time_point now,
                                          std::optional<milliseconds> time_to_live)
{
    auto raw = raw_key(key);
    auto bytes = from_padded(token);
    if (!raw || !bytes || bytes->size() < version_and_time + iv_size + block + mac_size)
        return {};
    auto signed_part = std::string_view{*bytes}.substr(0, bytes->size() - mac_size);
    auto mac = std::string_view{*bytes}.substr(bytes->size() - mac_size);
    if (!constant_time_equal(mac, hmac_sha256(std::string_view{*raw}.substr(0, 16), signed_part)))
        return {};
    auto sealed = signed_part.substr(version_and_time + iv_size);
    if (signed_part.front() != '\x80' || sealed.size() % block != 0)
        return {};
    std::uint64_t at = 0;
    for (std::size_t i = 1; i != version_and_time; ++i)
        at = at << 8 | static_cast<unsigned char>(signed_part[i]);
    if (seconds(now) < 0 || at > static_cast<std::uint64_t>(seconds(now) + most_clock_skew))
        return {};
    if (time_to_live && static_cast<std::int64_t>(at) < seconds(now - *time_to_live))
        return {};
    return aes_cbc(false, std::string_view{*raw}.substr(16), signed_part.substr(version_and_time, iv_size), sealed);
}

} // namespace edm::security
