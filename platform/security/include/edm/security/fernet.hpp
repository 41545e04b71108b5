#pragma once

#include <edm/core/environment.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace edm::security {

/// Whether `key` is a Fernet key: 32 bytes in base64url with padding.
bool is_fernet_key(std::string_view key);

/// Encrypts and signs (Fernet specification: AES-128-CBC, HMAC-SHA256). Throws std::invalid_argument for a bad key.
std::string fernet_encrypt(std::string_view key, std::string_view plaintext, time_point now,
                           const random_source& random);

/// What a token holds; nothing where it is malformed, of another key, or was changed. The MAC is verified before
/// anything is decrypted. `oldest`: tokens that were made before it are refused too.
std::optional<std::string> fernet_decrypt(std::string_view key, std::string_view token,
                                          std::optional<time_point> oldest = {});

} // namespace edm::security
