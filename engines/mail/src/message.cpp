#include <edm/mail/message.hpp>

#include <edm/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace edm::mail_engine {

namespace {

bool has_control(std::string_view text)
{
    return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

// An addr-spec without quoting or comments: what the shop accepts as an e-mail, and nothing that could end a header.
bool is_address(std::string_view text)
{
    const auto at = text.find('@');
    if (at == std::string_view::npos || at == 0 || at + 1 == text.size() || text.size() > 254 ||
        text.find('@', at + 1) != std::string_view::npos)
        return false;
    return std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return c > 0x20 && c < 0x7f &&
               std::string_view{"()<>[]:;,\\\""}.find(static_cast<char>(c)) == std::string_view::npos;
    });
}

std::string_view trim(std::string_view text)
{
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    return text;
}

std::string display(const address& who)
{
    if (who.name.empty())
        return who.mail;
    const bool ascii = std::all_of(who.name.begin(), who.name.end(), [](unsigned char c) { return c < 0x7f; });
    if (!ascii)
        return fmt::format("{} <{}>", encode_header(who.name), who.mail);
    std::string quoted;
    for (const char c : who.name) {
        if (c == '"' || c == '\\')
            quoted += '\\';
        quoted += c;
    }
    return fmt::format("\"{}\" <{}>", quoted, who.mail);
}

// RFC 5322 has no GMT: the zone is a number.
std::string mail_date(time_point when)
{
    auto date = to_http_date(when);
    date.replace(date.size() - 3, 3, "+0000");
    return date;
}

std::string part(std::string_view type, std::string_view body)
{
    return fmt::format("Content-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n",
                       type, quoted_printable(body));
}

} // namespace

std::expected<address, std::string> parse_address(std::string_view text)
{
    address out;
    text = trim(text);
    if (has_control(text) || !valid_utf8(text))
        return std::unexpected("a mail address holds control characters");
    if (text.ends_with('>')) {
        const auto open = text.rfind('<');
        if (open == std::string_view::npos)
            return std::unexpected("a mail address has no '<' for its '>'");
        auto name = trim(text.substr(0, open));
        if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"'))
            name = name.substr(1, name.size() - 2);
        out.name = name;
        text = text.substr(open + 1, text.size() - open - 2);
    }
    if (!is_address(text))
        return std::unexpected("it is not a mail address: write name@host or Name <name@host>");
    out.mail = text;
    return out;
}

std::expected<std::string, std::string> render(const edm::mail& message, const address& from, time_point when)
{
    if (!is_address(message.to))
        return std::unexpected("the receiver is not a mail address");
    for (std::string_view header : {std::string_view{message.subject}, std::string_view{message.message_id},
                                    std::string_view{message.traceparent}})
        if (has_control(header) || !valid_utf8(header))
            return std::unexpected("a header of the mail holds control characters");
    if (!valid_utf8(message.text) || !valid_utf8(message.html))
        return std::unexpected("the mail's text is not UTF-8");

    const auto domain = from.mail.substr(from.mail.find('@') + 1);
    auto id = message.message_id;
    if (id.empty())
        return std::unexpected("the mail has no Message-ID");
    if (id.find('@') == std::string::npos)
        id += "@" + domain;
    if (!is_address(id))
        return std::unexpected("the mail's Message-ID is malformed");

    std::string out = fmt::format("Date: {}\r\nFrom: {}\r\nTo: {}\r\nSubject: {}\r\nMessage-ID: <{}>\r\n",
                                  mail_date(when), display(from), message.to, encode_header(message.subject), id);
    if (!message.traceparent.empty())
        out += fmt::format("traceparent: {}\r\n", message.traceparent);
    out += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
    if (message.html.empty())
        return out + part("text/plain", message.text);

    // "=_" never occurs in quoted-printable text, so no part can hold the boundary (RFC 2045, 6.7).
    const auto boundary = "=_" + to_hex(sha256(id)).substr(0, 24);
    out += fmt::format("Content-Type: multipart/alternative; boundary=\"{}\"\r\n\r\n", boundary);
    out += fmt::format("--{0}\r\n{1}--{0}\r\n{2}--{0}--\r\n", boundary, part("text/plain", message.text),
                       part("text/html", message.html));
    return out;
}

shown_message read_message(std::string_view eml)
{
    shown_message out;
    const auto end = std::min(eml.find("\r\n\r\n"), eml.size());
    auto headers = eml.substr(0, end);
    std::string_view type;
    while (!headers.empty()) {
        auto stop = headers.find("\r\n");
        while (stop != std::string_view::npos && stop + 2 < headers.size() &&
               (headers[stop + 2] == ' ' || headers[stop + 2] == '\t'))
            stop = headers.find("\r\n", stop + 2);
        const auto line = headers.substr(0, stop);
        const auto colon = line.find(": ");
        if (colon != std::string_view::npos) {
            const auto name = ascii_lower(line.substr(0, colon));
            const auto value = line.substr(colon + 2);
            if (name == "to")
                out.to = decode_header(value);
            else if (name == "subject")
                out.subject = decode_header(value);
            else if (name == "date")
                out.date = value;
            else if (name == "content-type")
                type = value;
        }
        headers.remove_prefix(stop == std::string_view::npos ? headers.size() : stop + 2);
    }

    auto body = eml.substr(std::min(end + 4, eml.size()));
    constexpr std::string_view key = "boundary=\"";
    if (const auto at = type.find(key); at != std::string_view::npos) {
        auto boundary = type.substr(at + key.size());
        boundary = boundary.substr(0, boundary.find('"'));
        const auto mark = "--" + std::string{boundary};
        const auto first = body.find(mark);
        const auto start = first == std::string_view::npos ? first : body.find("\r\n\r\n", first);
        if (start == std::string_view::npos)
            return out;
        body = body.substr(start + 4);
        body = body.substr(0, body.find("\r\n" + mark));
    }
    out.text = from_quoted_printable(body);
    return out;
}

} // namespace edm::mail_engine
