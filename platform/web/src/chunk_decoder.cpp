#include "chunk_decoder.hpp"

#include "syntax.hpp"

#include <algorithm>

namespace edm::web {

namespace {

int hex_digit(char c) noexcept
{
    if (c >= '0' && c <= '9')
        return c - '0';
    const char small = lower(c);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

} // namespace

chunk_decoder::state chunk_decoder::decode(std::string_view data, std::string& body, std::size_t& consumed)
{
    std::size_t at = 0;
    auto outcome = state::more;
    while (at < data.size() && outcome == state::more) {
        if (place_ == place::data) {
            const auto part = std::min(remaining_, data.size() - at);
            body.append(data.substr(at, part));
            at += part;
            remaining_ -= part;
            if (remaining_ == 0)
                place_ = place::data_end;
        } else {
            outcome = line_byte(data[at++]);
        }
    }
    consumed = at;
    return outcome;
}

chunk_decoder::state chunk_decoder::line_byte(char c)
{
    if (c == '\n') {
        if (line_.empty() || line_.back() != '\r')
            return state::malformed;
        line_.pop_back();
        const auto outcome = take_line();
        line_.clear();
        return outcome;
    }
    if (!line_.empty() && line_.back() == '\r')
        return state::malformed; // bare CR
    if (place_ == place::data_end && c != '\r')
        return state::malformed;
    if (line_.size() >= (place_ == place::trailer ? trailer_limit_ : line_limit))
        return state::malformed;
    line_.push_back(c);
    return state::more;
}

chunk_decoder::state chunk_decoder::take_line()
{
    switch (place_) {
    case place::data_end:
        place_ = place::size_line;
        return state::more;
    case place::size_line:
        return take_size();
    default:
        return take_trailer();
    }
}

chunk_decoder::state chunk_decoder::take_size()
{
    const std::string_view line = line_;
    const auto digits = line.substr(0, line.find(';'));
    if (digits.empty() || digits.size() > 8 || !is_field_value(line))
        return state::malformed;
    std::size_t size = 0;
    for (char c : digits) {
        const int digit = hex_digit(c);
        if (digit < 0)
            return state::malformed;
        size = size * 16 + static_cast<std::size_t>(digit);
    }
    if (size > body_limit_ - total_)
        return state::too_large;
    total_ += size;
    remaining_ = size;
    place_ = size == 0 ? place::trailer : place::data;
    return state::more;
}

chunk_decoder::state chunk_decoder::take_trailer()
{
    if (line_.empty())
        return state::complete;
    trailer_bytes_ += line_.size() + 2;
    const auto colon = line_.find(':');
    if (trailer_bytes_ > trailer_limit_ || colon == std::string::npos)
        return state::malformed;
    const std::string_view line = line_;
    return is_token(line.substr(0, colon)) && is_field_value(line.substr(colon + 1)) ? state::more : state::malformed;
}

} // namespace edm::web
