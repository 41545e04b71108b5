#include "escape.hpp"

#include <edm/core/text.hpp>

#include <algorithm>
#include <cstddef>

namespace edm::observability {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

void append_unicode_escape(std::string& out, unsigned code)
{
    static constexpr char digits[] = "0123456789abcdef";
    out += "\\u00";
    out += digits[code >> 4 & 15];
    out += digits[code & 15];
}

/// The length of the well-formed sequence at the front; 0 for none.
std::size_t sequence(std::string_view text)
{
    auto lead = static_cast<unsigned char>(text.front());
    std::size_t n = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
    return n == 1 || (n != 0 && n <= text.size() && valid_utf8(text.substr(0, n))) ? n : 0;
}

void append_escaped(std::string& out, std::string_view text)
{
    while (!text.empty()) {
        auto n = sequence(text);
        auto byte = static_cast<unsigned char>(text.front());
        if (n == 0)
            out += replacement;
        else if (byte == '"' || byte == '\\')
            (out += '\\') += text.front();
        else if (byte == '\n')
            out += "\\n";
        else if (byte == '\r')
            out += "\\r";
        else if (byte == '\t')
            out += "\\t";
        else if (byte < 0x20 || byte == 0x7f)
            append_unicode_escape(out, byte);
        else if (n == 2 && byte == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0)
            append_unicode_escape(out, static_cast<unsigned char>(text[1]));
        else
            out += text.substr(0, n);
        text.remove_prefix(std::max<std::size_t>(n, 1));
    }
}

bool is_plain(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view{"-_.:/@+,;{}()[]<>*%&?!~$#"}.contains(c);
}

} // namespace

void append_json_escaped(std::string& out, std::string_view text)
{
    append_escaped(out, text);
}

void append_text_value(std::string& out, std::string_view text)
{
    if (!text.empty() && std::ranges::all_of(text, is_plain)) {
        out += text;
        return;
    }
    out += '"';
    append_escaped(out, text);
    out += '"';
}

} // namespace edm::observability
