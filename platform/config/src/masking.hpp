#pragma once

#include <string>
#include <string_view>

namespace edm::config {

inline constexpr std::string_view mask = "********";

/// `url` with its password replaced. What looks like a password inside a malformed URL goes too.
std::string mask_url_password(std::string_view url);

/// `text` with control characters written as `\n`, `\x1b`, …, for terminals.
std::string printable(std::string_view text);

} // namespace edm::config
