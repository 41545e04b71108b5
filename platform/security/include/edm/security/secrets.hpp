#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace edm::security {

/// The secret in a file (one newline at its end is no part of it), or a fresh one that is written there, durably, with
/// mode 0600. Throws std::runtime_error with one line where the file cannot be read or written, or others may read it.
std::string load_or_create_secret_file(const std::filesystem::path& file, const std::function<std::string()>& generate);

/// Why a secret is too weak for production, in a few words that do not repeat it: short, patterned, of well-known
/// words, published as an example, or one of these in base64 or hexadecimal. Nothing when it is strong.
std::optional<std::string> weak_secret(std::string_view secret);

} // namespace edm::security
