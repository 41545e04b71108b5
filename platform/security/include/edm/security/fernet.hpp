#pragma once

#include <edm/core/environment.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace edm::security {

/// Whether `key` is a Fernet key: 32 bytes in base64url with padding, 44 characters.
bool is_fernet_key(std::string_view key);

/// Encrypts and signs (Fernet specification: AES-128-CBC, HMAC-SHA256). Throws std::invalid_argument for a bad key.
std::string fernet_encrypt(std::string_view key, std::string_view plaintext, time_point now,
                           const random_source& random);

/// What a token holds; nothing where it is malformed (padded base64url alone is taken), of another key, was changed,
/// was made more than 60 s after `now`, or where there is a `time_to_live` longer ago than that. The MAC is verified
/// before anything is decrypted.
std::optional<std::string> fernet_decrypt(std::string_view key, std::string_view token, time_point now,
                                          std::optional<milliseconds> time_to_live = {});

} // namespace edm::security
