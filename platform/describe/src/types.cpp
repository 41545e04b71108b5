#include <edm/describe/types.hpp>

#include <openssl/crypto.h>

namespace edm {

void wipe(std::string& text) noexcept
{
    text.resize(text.capacity()); // never more than is allocated, so it neither moves nor throws
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

} // namespace edm
