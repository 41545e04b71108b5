#include "head_parser.hpp"

#include "syntax.hpp"

#include <cstring>

namespace edm::web {

void head_scanner::reset() noexcept
{
    scanned_ = line_start_ = headers_start_ = lines_ = 0;
    status_ = 0;
}

head_scanner::state head_scanner::refuse(int status) noexcept
{
    status_ = status;
    return state::refused;
}

head_scanner::state head_scanner::check_limits(std::size_t end) noexcept
{
    if (headers_start_ == 0)
        return end > first_line_limit_ ? refuse(414) : state::more;
    if (end - headers_start_ > header_limit_ || lines_ > field_limit_)
        return refuse(431);
    return state::more;
}

head_scanner::state head_scanner::scan(std::string_view data) noexcept
{
    if (!data.empty() && scanned_ == 0 && !is_token_char(data.front()))
        return refuse(400);
    while (scanned_ < data.size()) {
        const void* found = std::memchr(data.data() + scanned_, '\n', data.size() - scanned_);
        if (!found)
            break;
        const auto line_end = static_cast<std::size_t>(static_cast<const char*>(found) - data.data());
        if (line_end == line_start_ || data[line_end - 1] != '\r')
            return refuse(400);
        const std::size_t length = line_end - 1 - line_start_;
        if (headers_start_ == 0) {
            if (length > first_line_limit_)
                return refuse(414);
            headers_start_ = line_end + 1;
        } else if (length > 0) {
            const char first = data[line_start_];
            if (first == ' ' || first == '\t')
                return refuse(400); // obs-fold
            ++lines_;
        }
        scanned_ = line_start_ = line_end + 1;
        if (length == 0)
            return check_limits(line_start_ - 2) == state::refused ? state::refused : state::complete;
        if (check_limits(line_start_) == state::refused)
            return state::refused;
    }
    scanned_ = data.size();
    return check_limits(scanned_);
}

bool parse_fields(std::string_view lines, std::vector<header_view>& out)
{
    while (!lines.empty()) {
        const auto end = lines.find("\r\n");
        if (end == std::string_view::npos)
            return false;
        const auto line = lines.substr(0, end);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos)
            return false;
        const header_view field{line.substr(0, colon), trim(line.substr(colon + 1))};
        if (!is_token(field.name) || !is_field_value(field.value))
            return false;
        out.push_back(field);
        lines.remove_prefix(end + 2);
    }
    return true;
}

bool read_framing(std::span<const header_view> headers, framing& out)
{
    for (const auto& field : headers) {
        if (same_name(field.name, "content-length")) {
            if (out.content_length || !(out.content_length = parse_length(field.value)))
                return false;
        } else if (same_name(field.name, "transfer-encoding")) {
            if (out.chunked || !same_name(field.value, "chunked"))
                return false;
            out.chunked = true;
        }
    }
    return !(out.chunked && out.content_length);
}

namespace {

bool valid_target(std::string_view method, std::string_view target)
{
    if (target == "*")
        return method == "OPTIONS";
    if (target.empty() || target.front() != '/')
        return false; // absolute and authority form belong to proxies
    for (char c : target)
        if (c <= 0x20 || c == 0x7f || c == '#' || static_cast<unsigned char>(c) >= 0x80)
            return false;
    return true;
}

bool valid_host(std::string_view host)
{
    for (char c : host)
        if (!is_token_char(c) && c != ':' && c != '[' && c != ']')
            return false;
    return !host.empty();
}

/// 0, or the status to refuse the version with.
int parse_version(std::string_view text, int& minor)
{
    if (text.size() != 8 || !text.starts_with("HTTP/") || text[6] != '.')
        return 400;
    const char major_digit = text[5];
    const char minor_digit = text[7];
    if (major_digit < '0' || major_digit > '9' || minor_digit < '0' || minor_digit > '9')
        return 400;
    if (major_digit != '1' || minor_digit > '1')
        return 505;
    minor = minor_digit - '0';
    return 0;
}

} // namespace

int request_head::parse(std::string_view head)
{
    const auto line_end = head.find("\r\n");
    const auto line = head.substr(0, line_end);
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || first == last)
        return 400;
    method = line.substr(0, first);
    target = line.substr(first + 1, last - first - 1);
    if (!is_token(method) || method.size() > 32 || !valid_target(method, target))
        return 400;
    if (int status = parse_version(line.substr(last + 1), minor))
        return status;
    const auto question = target.find('?');
    path = target.substr(0, question);
    query = question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);

    headers.clear();
    if (!parse_fields(head.substr(line_end + 2, head.size() - line_end - 4), headers))
        return 400;
    framing length;
    if (!read_framing(headers, length) || (length.chunked && minor == 0))
        return 400;
    content_length = length.content_length;
    chunked = length.chunked;
    keep_alive = minor == 1;
    expects_continue = false;
    bool host = false;
    for (const auto& field : headers) {
        if (same_name(field.name, "host")) {
            if (host || !valid_host(field.value))
                return 400;
            host = true;
        } else if (same_name(field.name, "connection")) {
            if (lists_token(field.value, "close"))
                keep_alive = false;
            else if (minor == 0 && lists_token(field.value, "keep-alive"))
                keep_alive = true;
        } else if (same_name(field.name, "expect")) {
            if (!same_name(field.value, "100-continue"))
                return 417;
            expects_continue = minor == 1;
        }
    }
    return !host && minor == 1 ? 400 : 0;
}

} // namespace edm::web
