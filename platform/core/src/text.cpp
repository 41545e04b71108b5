#include <edm/core/text.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace edm {

namespace {

constexpr std::string_view standard_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<std::int8_t, 256> reverse(std::string_view alphabet)
{
    std::array<std::int8_t, 256> table{};
    table.fill(-1);
    for (std::size_t i = 0; i != alphabet.size(); ++i)
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
    return table;
}

int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

std::string encode64(std::string_view bytes, std::string_view alphabet, bool padded)
{
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
        for (std::size_t j = 0; j != 3; ++j)
            group = group << 8 | (j < n ? static_cast<unsigned char>(bytes[i + j]) : 0u);
        for (std::size_t j = 0; j != 4; ++j) {
            if (j <= n)
                out += alphabet[group >> (18 - 6 * j) & 63];
            else if (padded)
                out += '=';
        }
    }
    return out;
}

std::optional<std::string> decode64(std::string_view text, const std::array<std::int8_t, 256>& table)
{
    std::string out;
    out.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t bits = 0;
    int held = 0;
    for (char c : text) {
        int value = table[static_cast<unsigned char>(c)];
        if (value < 0)
            return {};
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        held += 6;
        if (held >= 8) {
            held -= 8;
            out += static_cast<char>(bits >> held & 0xff);
        }
    }
    if (held == 6 || (bits & ((1u << held) - 1)) != 0)
        return {};
    return out;
}

} // namespace

bool valid_utf8(std::string_view text) noexcept
{
    auto* p = reinterpret_cast<const unsigned char*>(text.data());
    auto* end = p + text.size();
    while (p != end) {
        if (*p < 0x80) {
            ++p;
            continue;
        }
        int more;
        std::uint32_t point;
        if (*p >= 0xc2 && *p <= 0xdf)
            more = 1, point = *p & 0x1fu;
        else if (*p >= 0xe0 && *p <= 0xef)
            more = 2, point = *p & 0x0fu;
        else if (*p >= 0xf0 && *p <= 0xf4)
            more = 3, point = *p & 0x07u;
        else
            return false;
        if (end - p <= more)
            return false;
        for (int i = 1; i <= more; ++i) {
            if ((p[i] & 0xc0) != 0x80)
                return false;
            point = point << 6 | (p[i] & 0x3fu);
        }
        if ((more == 2 && (point < 0x800 || (point >= 0xd800 && point <= 0xdfff))) ||
            (more == 3 && (point < 0x10000 || point > 0x10ffff)))
            return false;
        p += more + 1;
    }
    return true;
}

std::size_t code_points(std::string_view text) noexcept
{
    std::size_t n = 0;
    for (char c : text)
        n += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    return n;
}

std::string percent_encode(std::string_view text)
{
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (char c : text) {
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
            c == '_' || c == '~') {
            out += c;
        } else {
            auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += digits[byte >> 4];
            out += digits[byte & 15];
        }
    }
    return out;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            if (i + 2 >= text.size())
                return {};
            int high = hex_digit(text[i + 1]);
            int low = hex_digit(text[i + 2]);
            if (high < 0 || low < 0)
                return {};
            out += static_cast<char>(high << 4 | low);
            i += 2;
        } else {
            out += text[i] == '+' && plus_is_space ? ' ' : text[i];
        }
    }
    return out;
}

std::string html_escape(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        case '\'':
            out += "&#39;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

std::string to_hex(std::string_view bytes)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (char c : bytes) {
        out += digits[static_cast<unsigned char>(c) >> 4];
        out += digits[static_cast<unsigned char>(c) & 15];
    }
    return out;
}

std::optional<std::string> from_hex(std::string_view text)
{
    if (text.size() % 2 != 0)
        return {};
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        int high = hex_digit(text[i]);
        int low = hex_digit(text[i + 1]);
        if (high < 0 || low < 0)
            return {};
        out += static_cast<char>(high << 4 | low);
    }
    return out;
}

std::string base64(std::string_view bytes)
{
    return encode64(bytes, standard_alphabet, true);
}

std::string base64url(std::string_view bytes, bool padded)
{
    return encode64(bytes, url_alphabet, padded);
}

std::optional<std::string> from_base64(std::string_view text)
{
    static constexpr auto table = reverse(standard_alphabet);
    if (text.size() % 4 != 0)
        return {};
    for (int i = 0; i != 2 && !text.empty() && text.back() == '='; ++i)
        text.remove_suffix(1);
    return decode64(text, table);
}

std::optional<std::string> from_base64url(std::string_view text)
{
    static constexpr auto table = reverse(url_alphabet);
    if (!text.empty() && text.back() == '=') {
        if (text.size() % 4 != 0)
            return {};
        for (int i = 0; i != 2 && !text.empty() && text.back() == '='; ++i)
            text.remove_suffix(1);
    }
    return decode64(text, table);
}

std::string sha256(std::string_view bytes)
{
    static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    std::string out(32, '\0');
    unsigned size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), &size, algorithm,
                   nullptr) != 1)
        throw std::runtime_error("SHA-256 is not available");
    return out;
}

void drop_last_newline(std::string& text)
{
    if (!text.ends_with('\n'))
        return;
    text.pop_back();
    if (text.ends_with('\r'))
        text.pop_back();
}

std::string markdown_cell(std::string_view text)
{
    std::string out;
    for (char c : text) {
        if (c == '|')
            out += '\\';
        out += c == '\n' ? ' ' : c;
    }
    return out;
}

std::string ascii_lower(std::string_view text)
{
    std::string out{text};
    for (char& c : out)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return out;
}

bool constant_time_equal(std::string_view a, std::string_view b) noexcept
{
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace edm
