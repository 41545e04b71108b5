#include <edm/core/text.hpp>
#include <edm/security/jwt.hpp>
#include <edm/security/mac.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using namespace edm;
using namespace edm::security;

const std::string master(32, 'm');
const token_signer signer{master};
const time_point now{std::chrono::seconds{1'777'593'600}};
const std::string header = [] {
    auto token = signer.issue(purpose::access, {.sub = "a", .jti = "1", .iat = now, .exp = now});
    return token.substr(0, token.find('.'));
}();
const std::string key = hmac_sha256(master, "edm token key: at+jwt");

} // namespace

/// A token that nobody signed is refused. One that holds any bytes under a good signature is refused, or means what it
/// says when it is issued again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view all{reinterpret_cast<const char*>(data), size};
    for (auto what : {purpose::access, purpose::confirmation, purpose::password_reset})
        if (signer.verify(what, all, now))
            std::abort();
    auto part = header + "." + base64url(all);
    auto read = signer.verify(purpose::access, part + "." + base64url(hmac_sha256(key, part)), now);
    if (!read)
        return 0;
    auto again = signer.verify(purpose::access, signer.issue(purpose::access, *read), now);
    if (!again || again->sub != read->sub || again->generation != read->generation ||
        again->administrator != read->administrator || again->exp != read->exp)
        std::abort();
    return 0;
}
