#include <edm/security/mac.hpp>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace edm::security {

std::string hmac_sha256(std::string_view key, std::string_view message)
{
    static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    std::string out(32, '\0');
    unsigned size = 0;
    if (!HMAC(sha256, key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(message.data()),
              message.size(), reinterpret_cast<unsigned char*>(out.data()), &size))
        throw std::runtime_error("HMAC-SHA256 is not available");
    return out;
}

} // namespace edm::security
