#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace edm {

/// Whether `text` is well-formed UTF-8 (no overlong forms, no surrogates, at most U+10FFFF).
bool valid_utf8(std::string_view text) noexcept;
/// The number of Unicode code points of well-formed UTF-8.
std::size_t code_points(std::string_view text) noexcept;
/// RFC 3986 percent-encoding of everything but unreserved characters.
std::string percent_encode(std::string_view text);
/// Undoes percent-encoding; `plus_is_space` for forms. Nothing where an escape is malformed.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
/// Escapes `& < > " '` for HTML text and attribute values.
std::string html_escape(std::string_view text);
std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view text);
/// RFC 4648 base64 with padding.
std::string base64(std::string_view bytes);
/// RFC 4648 base64url; with padding where `padded`.
std::string base64url(std::string_view bytes, bool padded = false);
/// Strict decoders: alphabet, padding and unused bits are checked. `base64url` takes both padded and unpadded text.
std::optional<std::string> from_base64(std::string_view text);
std::optional<std::string> from_base64url(std::string_view text);
/// SHA-256 as 32 raw bytes.
std::string sha256(std::string_view bytes);
std::string ascii_lower(std::string_view text);
/// Takes one newline (LF or CR LF) off the end: editors and `echo` end a file with one that nobody meant.
void drop_last_newline(std::string& text);
/// For a cell of a Markdown table: bars are escaped, line breaks are spaces.
std::string markdown_cell(std::string_view text);
/// Compares without a data-dependent exit; false for different sizes.
bool constant_time_equal(std::string_view a, std::string_view b) noexcept;

/// Hash for maps keyed by std::string that are searched with string views.
struct string_hash : std::hash<std::string_view>
{
    using is_transparent = void;
};

} // namespace edm
