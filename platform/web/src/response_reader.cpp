#include "response_reader.hpp"

#include "syntax.hpp"

#include <algorithm>

namespace edm::web {

response_reader::response_reader(bool to_head, std::size_t body_limit) : to_head_(to_head), body_limit_(body_limit) {}

response_reader::state response_reader::feed(std::string_view data)
{
    rest_ += data;
    while (place_ == place::head) {
        const auto outcome = read_head();
        if (outcome != state::complete)
            return outcome;
    }
    return read_body();
}

response_reader::state response_reader::closed() const noexcept
{
    if (place_ == place::until_closed || place_ == place::complete)
        return state::complete;
    return state::more;
}

bool response_reader::parse_status_line(std::string_view line)
{
    // HTTP/1.1 200 OK: the phrase may be empty, and some leave out its space too.
    if (line.size() < 12 || !line.starts_with("HTTP/1.") || (line[7] != '0' && line[7] != '1') || line[8] != ' ')
        return false;
    const auto status = parse_length(line.substr(9, 3));
    if (!status || *status < 100 || (line.size() > 12 && line[12] != ' ') || !is_field_value(line))
        return false;
    response_.status = static_cast<int>(*status);
    keep_ = line[7] == '1';
    return true;
}

response_reader::state response_reader::read_head()
{
    switch (scanner_.scan(rest_)) {
    case head_scanner::state::more:
        return state::more;
    case head_scanner::state::refused:
        return state::malformed;
    case head_scanner::state::complete:
        break;
    }
    const std::string_view head{rest_.data(), scanner_.head_size()};
    const auto line_end = head.find("\r\n");
    std::vector<header_view> headers;
    framing length;
    if (!parse_status_line(head.substr(0, line_end)) ||
        !parse_fields(head.substr(line_end + 2, head.size() - line_end - 4), headers) || !read_framing(headers, length))
        return state::malformed;
    if (response_.status == 101)
        return state::malformed; // nobody asked for another protocol
    response_.headers.clear();
    for (const auto& field : headers) {
        if (same_name(field.name, "connection") && lists_token(field.value, "close"))
            keep_ = false;
        response_.headers.emplace_back(field.name, field.value);
    }
    rest_.erase(0, scanner_.head_size());
    scanner_.reset();
    if (response_.status < 200)
        return state::complete; // interim: the real head follows
    const bool without_body = to_head_ || response_.status == 204 || response_.status == 304;
    if (without_body) {
        place_ = place::complete;
    } else if (length.chunked) {
        place_ = place::chunked;
        decoder_.emplace(body_limit_, 16 * 1024);
    } else if (length.content_length) {
        place_ = place::sized;
        missing_ = *length.content_length;
        if (missing_ > body_limit_)
            return state::too_large;
    } else {
        place_ = place::until_closed;
        keep_ = false;
    }
    return state::complete;
}

response_reader::state response_reader::read_body()
{
    auto& body = response_.body;
    switch (place_) {
    case place::sized: {
        const auto part = std::min(missing_, rest_.size());
        body.append(rest_, 0, part);
        rest_.erase(0, part);
        missing_ -= part;
        if (missing_ > 0)
            return state::more;
        break;
    }
    case place::chunked: {
        std::size_t consumed = 0;
        const auto outcome = decoder_->decode(rest_, body, consumed);
        rest_.erase(0, consumed);
        if (outcome == chunk_decoder::state::more)
            return state::more;
        if (outcome != chunk_decoder::state::complete)
            return outcome == chunk_decoder::state::too_large ? state::too_large : state::malformed;
        break;
    }
    case place::until_closed:
        body += rest_;
        rest_.clear();
        return body.size() > body_limit_ ? state::too_large : state::more;
    default:
        break;
    }
    place_ = place::complete;
    return state::complete;
}

} // namespace edm::web
