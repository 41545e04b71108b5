#include <edm/core/environment.hpp>
#include <edm/core/text.hpp>
#include <edm/security/fernet.hpp>
#include <edm/security/mac.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>

/// What is sealed opens to itself alone. A token that nobody signed is refused; one of any bytes under a good MAC does
/// no harm.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace edm;
    static const std::string key = base64url(std::string(32, 'k'), true);
    const time_point now{std::chrono::seconds{1'777'593'600}};
    const std::string_view all{reinterpret_cast<const char*>(data), size};
    if (security::fernet_decrypt(key, all, now))
        std::abort();
    std::string part{all};
    part += security::hmac_sha256(std::string(16, 'k'), part);
    const auto opened = security::fernet_decrypt(key, base64url(part, true), now);
    if (opened && opened->size() >= all.size())
        std::abort();
    const auto token = security::fernet_encrypt(key, all, now, random_source::system());
    if (security::fernet_decrypt(key, token, now) != all)
        std::abort();
    security::is_fernet_key(all);
    return 0;
}
