#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace edm::web {

namespace detail {
constexpr std::array<bool, 256> make_token_table()
{
    std::array<bool, 256> table{};
    for (unsigned char c :
         std::string_view{"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"})
        table[c] = true;
    return table;
}
inline constexpr auto token_table = make_token_table();
} // namespace detail

/// RFC 9110 5.6.2 `tchar`.
constexpr bool is_token_char(char c) noexcept
{
    return detail::token_table[static_cast<unsigned char>(c)];
}

constexpr bool is_token(std::string_view text) noexcept
{
    for (char c : text)
        if (!is_token_char(c))
            return false;
    return !text.empty();
}

/// What a field value may hold: visible characters, space, tab, obs-text.
constexpr bool is_field_value(std::string_view text) noexcept
{
    for (char c : text)
        if (static_cast<unsigned char>(c) < 0x20 ? c != '\t' : c == 0x7f)
            return false;
    return true;
}

constexpr std::string_view trim(std::string_view text) noexcept
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

constexpr char lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

/// ASCII, without regard to case.
constexpr bool same_name(std::string_view a, std::string_view b) noexcept
{
    if (a.size() != b.size())
        return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

/// Whether the comma separated list `value` holds `token`.
constexpr bool lists_token(std::string_view value, std::string_view token) noexcept
{
    while (!value.empty()) {
        const auto comma = value.find(',');
        if (same_name(trim(value.substr(0, comma)), token))
            return true;
        if (comma == std::string_view::npos)
            break;
        value.remove_prefix(comma + 1);
    }
    return false;
}

/// Digits only, no sign, no white space; nothing where it is malformed or beyond 2^63.
constexpr std::optional<std::size_t> parse_length(std::string_view text) noexcept
{
    if (text.empty() || text.size() > 18)
        return std::nullopt;
    std::size_t value = 0;
    for (char c : text) {
        if (c < '0' || c > '9')
            return std::nullopt;
        value = value * 10 + static_cast<std::size_t>(c - '0');
    }
    return value;
}

} // namespace edm::web
