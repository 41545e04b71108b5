#pragma once

#include <edm/core/environment.hpp>

#include <cstdint>
#include <string>

namespace edm::config {

/// What a development secret looks like when it is generated.
enum class secret_kind : std::uint8_t
{
    signing_key,    ///< 32 random bytes as 64 hexadecimal digits
    api_key,        ///< 64 characters
    fernet_key,     ///< 32 random bytes, base64url with padding (the Fernet specification)
    webhook_secret, ///< `whsec_` and 32 random bytes in base64 (Standard Webhooks 1.0)
    password        ///< 20 characters in groups of five that a person can type, 100 random bits
};

/// A fresh secret. Keeping it (in the data directory, mode 0600) is the caller's work.
std::string generate_secret(secret_kind kind, const random_source& random);

} // namespace edm::config
