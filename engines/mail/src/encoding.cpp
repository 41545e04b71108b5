#include <edm/mail/message.hpp>

#include <edm/core/text.hpp>

#include <algorithm>

namespace edm::mail_engine {

namespace {

constexpr std::string_view word_start = "=?UTF-8?B?";
constexpr std::string_view word_end = "?=";
constexpr std::size_t word_bytes =
    39; // 52 characters of base64: a line with it and `Subject: ` is below the 76 of RFC 2047
constexpr std::size_t line_limit = 76;

bool plain(std::string_view text)
{
    return text.size() <= 200 && text.find("=?") == std::string_view::npos &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7f; });
}

// Where a word of at most `word_bytes` may end without cutting a code point.
std::size_t word_length(std::string_view text)
{
    if (text.size() <= word_bytes)
        return text.size();
    std::size_t end = word_bytes;
    while (end > 1 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        --end;
    return end;
}

int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

} // namespace

std::string encode_header(std::string_view text)
{
    if (plain(text))
        return std::string{text};
    std::string out;
    while (!text.empty()) {
        const auto length = word_length(text);
        if (!out.empty())
            out += "\r\n ";
        out += word_start;
        out += base64(text.substr(0, length));
        out += word_end;
        text.remove_prefix(length);
    }
    return out;
}

std::string decode_header(std::string_view value)
{
    std::string out;
    bool after_word = false;
    while (!value.empty()) {
        if (value.starts_with(word_start)) {
            const auto end = value.find(word_end, word_start.size());
            const auto bytes = end == std::string_view::npos
                                   ? std::nullopt
                                   : from_base64(value.substr(word_start.size(), end - word_start.size()));
            if (bytes) {
                out += *bytes;
                value.remove_prefix(end + word_end.size());
                after_word = true;
                continue;
            }
        }
        const auto gap = value.find_first_not_of(" \t\r\n");
        if (after_word && gap != 0 && gap != std::string_view::npos && value.substr(gap).starts_with(word_start)) {
            value.remove_prefix(gap); // white space between two words is no part of the text
            continue;
        }
        after_word = false;
        if (value.front() != '\r' && value.front() != '\n')
            out += value.front();
        value.remove_prefix(1);
    }
    return out;
}

std::string quoted_printable(std::string_view text)
{
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    std::size_t column = 0;
    const auto put = [&](std::string_view piece) {
        if (column + piece.size() > line_limit - 1) {
            out += "=\r\n";
            column = 0;
        }
        out += piece;
        column += piece.size();
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c == '\r' || c == '\n') {
            if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n')
                ++i;
            out += "\r\n";
            column = 0;
            continue;
        }
        const bool last_of_line = i + 1 == text.size() || text[i + 1] == '\r' || text[i + 1] == '\n';
        const bool blank = c == ' ' || c == '\t';
        // A dot at the start of a line means something to SMTP, and "From " to mailbox files.
        const bool literal =
            blank ? !last_of_line : c > 0x20 && c < 0x7f && c != '=' && !(column == 0 && (c == '.' || c == 'F'));
        if (literal) {
            put({reinterpret_cast<const char*>(&c), 1});
        } else {
            const char escaped[3] = {'=', digits[c >> 4], digits[c & 15]};
            put({escaped, 3});
        }
    }
    return out;
}

std::string from_quoted_printable(std::string_view encoded)
{
    std::string out;
    for (std::size_t i = 0; i < encoded.size(); ++i) {
        if (encoded[i] != '=') {
            out += encoded[i];
            continue;
        }
        const auto rest = encoded.substr(i + 1);
        if (rest.starts_with("\r\n")) {
            i += 2;
        } else if (rest.starts_with("\n")) {
            i += 1;
        } else if (rest.size() >= 2 && hex_digit(rest[0]) >= 0 && hex_digit(rest[1]) >= 0) {
            out += static_cast<char>(hex_digit(rest[0]) * 16 + hex_digit(rest[1]));
            i += 2;
        } else {
            out += '=';
        }
    }
    return out;
}

} // namespace edm::mail_engine
