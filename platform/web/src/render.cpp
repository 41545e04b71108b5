#include "render.hpp"

#include "syntax.hpp"

#include <charconv>

namespace edm::web {

namespace {

void append_number(std::string& out, std::size_t value)
{
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out.append(digits, end);
}

bool servers_own(std::string_view name) noexcept
{
    return same_name(name, "content-length") || same_name(name, "transfer-encoding") || same_name(name, "connection") ||
           same_name(name, "date");
}

void append_status_line(std::string& out, int status)
{
    if (status == 200) {
        out += "HTTP/1.1 200 OK\r\n";
        return;
    }
    out += "HTTP/1.1 ";
    append_number(out, static_cast<std::size_t>(status));
    out += ' ';
    out += reason_phrase(status);
    out += "\r\n";
}

} // namespace

std::string_view body_of(const response& answer) noexcept
{
    return answer.body.empty() ? answer.static_body : std::string_view{answer.body};
}

bool has_body(int status) noexcept
{
    return status >= 200 && status != 204 && status != 304;
}

bool sendable(const response& answer) noexcept
{
    if (answer.status < 200 || answer.status > 999 || !is_field_value(answer.content_type))
        return false;
    for (const auto& [name, value] : answer.headers)
        if (!is_token(name) || !is_field_value(value))
            return false;
    return true;
}

void render_head(std::string& out, const response& answer, std::string_view date_line, answer_form form)
{
    append_status_line(out, answer.status);
    out += date_line;
    if (!answer.content_type.empty()) {
        out += "Content-Type: ";
        out += answer.content_type;
        out += "\r\n";
    }
    if (!form.keep_alive)
        out += "Connection: close\r\n";
    else if (form.minor == 0)
        out += "Connection: keep-alive\r\n";
    if (answer.stream) {
        if (form.minor == 1)
            out += "Transfer-Encoding: chunked\r\n";
    } else if (has_body(answer.status)) {
        out += "Content-Length: ";
        append_number(out, body_of(answer).size());
        out += "\r\n";
    }
    for (const auto& [name, value] : answer.headers) {
        if (servers_own(name))
            continue;
        out += name;
        out += ": ";
        out += value;
        out += "\r\n";
    }
    out += "\r\n";
}

} // namespace edm::web
