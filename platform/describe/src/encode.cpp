#include "scalar.hpp"

#include <edm/core/time.hpp>
#include <edm/describe/decode.hpp>
#include <edm/describe/encode.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace edm {

namespace {

constexpr std::uint64_t every_byte(std::uint8_t b)
{
    return 0x0101'0101'0101'0101u * b;
}

/// Whether eight bytes are all printable ASCII but `"` and `\`.
bool plain(std::uint64_t bytes)
{
    auto has_zero = [](std::uint64_t v) { return (v - every_byte(1)) & ~v & every_byte(0x80); };
    std::uint64_t below_space = (bytes - every_byte(0x20)) & ~bytes & every_byte(0x80);
    return ((bytes & every_byte(0x80)) | below_space | has_zero(bytes ^ every_byte('"')) |
            has_zero(bytes ^ every_byte('\\'))) == 0;
}

bool plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/// The length of the well-formed UTF-8 sequence that `text` starts with; 0: there is none. Unicode 15, table 3-7.
std::size_t sequence_length(std::string_view text)
{
    auto at = [&](std::size_t i) -> unsigned { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    auto tail = [&](std::size_t i) { return (at(i) & 0xC0) == 0x80; };
    unsigned lead = at(0);
    if (lead >= 0xC2 && lead <= 0xDF)
        return tail(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        bool second = tail(1) && (lead != 0xE0 || at(1) >= 0xA0) && (lead != 0xED || at(1) <= 0x9F);
        return second && tail(2) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        bool second = tail(1) && (lead != 0xF0 || at(1) >= 0x90) && (lead != 0xF4 || at(1) <= 0x8F);
        return second && tail(2) && tail(3) ? 4 : 0;
    }
    return 0;
}

void append_escape(std::string& out, unsigned char c)
{
    switch (c) {
    case '"':
        out += "\\\"";
        break;
    case '\\':
        out += "\\\\";
        break;
    case '\b':
        out += "\\b";
        break;
    case '\f':
        out += "\\f";
        break;
    case '\n':
        out += "\\n";
        break;
    case '\r':
        out += "\\r";
        break;
    case '\t':
        out += "\\t";
        break;
    default: {
        constexpr std::string_view hex = "0123456789abcdef";
        out += "\\u00";
        out += hex[c >> 4];
        out += hex[c & 15];
    }
    }
}

template <class Number>
void append_number(std::string& out, Number value)
{
    std::array<char, 32> digits;
    auto [end, _] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    out.append(digits.data(), end);
}

void append_money(std::string& out, std::int64_t minor)
{
    auto magnitude = static_cast<std::uint64_t>(minor);
    if (minor < 0) {
        out += '-';
        magnitude = 0 - magnitude;
    }
    append_number(out, magnitude / 100);
    out += '.';
    out += static_cast<char>('0' + magnitude / 10 % 10);
    out += static_cast<char>('0' + magnitude % 10);
}

void append_key(std::string& out, char before, std::string_view name)
{
    std::size_t at = out.size();
    out.resize(at + name.size() + 4);
    char* to = out.data() + at;
    *to++ = before;
    *to++ = '"';
    std::memcpy(to, name.data(), name.size());
    to += name.size();
    *to++ = '"';
    *to = ':';
}

void append_enumerator(std::string& out, const type& t, const void* value)
{
    auto number = describing::load_integer(value, t.width, true);
    for (std::size_t i = 0; i != t.values.size(); ++i) {
        // Enumerations of an unsigned type keep the bits of their values.
        if (t.values[i] == number || describing::load_integer(&t.values[i], t.width, true) == number) {
            append_json_string(out, t.names[i]);
            return;
        }
    }
    throw std::logic_error("an enumeration holds a value that has no name: " + std::string{t.name});
}

void append_object(std::string& out, const type& t, const void* value)
{
    char before = '{';
    for (const field& f : t.fields) {
        const type* member_type = f.type;
        const void* member = f.of(value);
        bool present = true;
        while (present && member_type->kind == kind::optional) {
            present = member_type->container->size(member) != 0;
            if (present) {
                member = member_type->container->nth(member, 0);
                member_type = member_type->element;
            }
        }
        if (!present)
            continue;
        append_key(out, before, f.name);
        before = ',';
        encode_to(out, *member_type, member);
    }
    if (before == '{')
        out += '{';
    out += '}';
}

struct map_writer
{
    std::string& out;
    const type& element;
    char before = '{';

    static void item(void* self, const std::string& key, const void* value)
    {
        auto& w = *static_cast<map_writer*>(self);
        w.out += w.before;
        w.before = ',';
        append_json_string(w.out, key);
        w.out += ':';
        encode_to(w.out, w.element, value);
    }
};

} // namespace

void append_json_string(std::string& out, std::string_view text)
{
    out += '"';
    while (!text.empty()) {
        std::size_t n = 0;
        for (std::uint64_t eight; n + 8 <= text.size(); n += 8) {
            std::memcpy(&eight, text.data() + n, 8);
            if (!plain(eight))
                break;
        }
        while (n != text.size() && plain(static_cast<unsigned char>(text[n])))
            ++n;
        out.append(text, 0, n);
        text.remove_prefix(n);
        if (text.empty())
            break;
        auto c = static_cast<unsigned char>(text.front());
        std::size_t length = 1;
        if (c < 0x80)
            append_escape(out, c);
        else if (std::size_t known = sequence_length(text))
            out.append(text, 0, length = known);
        else
            out += "\xEF\xBF\xBD";
        text.remove_prefix(length);
    }
    out += '"';
}

void encode_to(std::string& out, const type& t, const void* value)
{
    switch (t.kind) {
    case kind::text:
    case kind::email:
        append_json_string(out, *static_cast<const std::string*>(value));
        break;
    case kind::secret:
        throw std::logic_error("a secret cannot be encoded");
    case kind::money:
        append_money(out, *static_cast<const std::int64_t*>(value));
        break;
    case kind::integer:
        append_number(out, describing::load_integer(value, t.width, true));
        break;
    case kind::unsigned_integer:
        append_number(out, static_cast<std::uint64_t>(describing::load_integer(value, t.width, false)));
        break;
    case kind::floating: {
        double number = *static_cast<const double*>(value);
        if (std::isfinite(number))
            append_number(out, number);
        else
            out += "null"; // JSON has no other word for it
        break;
    }
    case kind::boolean:
        out += *static_cast<const bool*>(value) ? "true" : "false";
        break;
    case kind::time:
        if (!describing::has_rfc3339(*static_cast<const time_point*>(value)))
            throw std::logic_error("a time outside the years 0000 to 9999 cannot be encoded");
        out += '"';
        out += to_rfc3339(*static_cast<const time_point*>(value));
        out += '"';
        break;
    case kind::enumeration:
        append_enumerator(out, t, value);
        break;
    case kind::optional:
        if (t.container->size(value) != 0)
            encode_to(out, *t.element, t.container->nth(value, 0));
        else
            out += "null";
        break;
    case kind::list: {
        char before = '[';
        for (std::size_t i = 0, n = t.container->size(value); i != n; ++i) {
            out += before;
            before = ',';
            encode_to(out, *t.element, t.container->nth(value, i));
        }
        out += before == '[' ? "[]" : "]";
        break;
    }
    case kind::map: {
        map_writer w{out, *t.element};
        t.container->each(value, &w, &map_writer::item);
        out += w.before == '{' ? "{}" : "}";
        break;
    }
    case kind::object:
        append_object(out, t, value);
        break;
    case kind::raw: {
        const auto& json = *static_cast<const std::string*>(value);
        out += json.empty() ? std::string_view{"null"} : std::string_view{json};
        break;
    }
    }
}

std::string violations_json(std::span<const violation> violations)
{
    std::string out = R"({"detail":[)";
    for (const violation& v : violations) {
        if (&v != violations.data())
            out += ',';
        out += R"({"loc":[)";
        for (std::size_t i = 0; i != v.loc.size(); ++i) {
            if (i != 0)
                out += ',';
            if (i < 64 && (v.indexes >> i & 1) != 0)
                out += v.loc[i];
            else
                append_json_string(out, v.loc[i]);
        }
        out += R"(],"msg":)";
        append_json_string(out, v.msg);
        out += R"(,"type":)";
        append_json_string(out, v.type);
        out += '}';
    }
    out += "]}";
    return out;
}

} // namespace edm
