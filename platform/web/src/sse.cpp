#include <edm/web/sse.hpp>

#include <fmt/format.h>

namespace edm::web {

namespace {

void append_field(std::string& out, std::string_view name, std::string_view value)
{
    out += name;
    out += ": ";
    out += value;
    out += '\n';
}

std::string_view first_line(std::string_view text)
{
    constexpr std::string_view ends{"\r\n\0", 3}; // a NUL makes clients ignore an id
    return text.substr(0, text.find_first_of(ends));
}

/// A line of `data` for each line of the text, whatever ends it: CR, LF or both.
void append_data(std::string& out, std::string_view text)
{
    for (;;) {
        const auto end = text.find_first_of("\r\n");
        append_field(out, "data", text.substr(0, end));
        if (end == std::string_view::npos)
            return;
        text.remove_prefix(end + (text.substr(end, 2) == "\r\n" ? 2 : 1));
    }
}

} // namespace

std::string format_sse(const sse_event& e)
{
    std::string out;
    out.reserve(e.data.size() + e.id.size() + e.event.size() + 32);
    if (!e.id.empty())
        append_field(out, "id", first_line(e.id));
    if (!e.event.empty())
        append_field(out, "event", first_line(e.event));
    append_data(out, e.data);
    out += '\n';
    return out;
}

std::string format_sse_retry(milliseconds delay)
{
    return fmt::format("retry: {}\n\n", delay.count());
}

std::string format_sse_comment(std::string_view text)
{
    return fmt::format(": {}\n\n", first_line(text));
}

} // namespace edm::web
