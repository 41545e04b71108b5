#include <edm/core/time.hpp>

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace edm {

namespace {

using namespace std::chrono;

constexpr std::array days_of_week{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

bool digits(std::string_view text, std::size_t at, std::size_t n, int& out)
{
    if (at + n > text.size())
        return false;
    for (std::size_t i = at; i != at + n; ++i)
        if (text[i] < '0' || text[i] > '9')
            return false;
    std::from_chars(text.data() + at, text.data() + at + n, out);
    return true;
}

} // namespace

std::string to_rfc3339(time_point when)
{
    auto day = floor<days>(when);
    year_month_day date{day};
    hh_mm_ss clock{when - day};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", int(date.year()), unsigned(date.month()),
                       unsigned(date.day()), clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                       clock.subseconds().count());
}

std::optional<time_point> from_rfc3339(std::string_view text)
{
    int y, mo, d, h, mi, s;
    if (!digits(text, 0, 4, y) || !digits(text, 5, 2, mo) || !digits(text, 8, 2, d) || !digits(text, 11, 2, h) ||
        !digits(text, 14, 2, mi) || !digits(text, 17, 2, s))
        return {};
    if (text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't') || text[13] != ':' || text[16] != ':')
        return {};
    year_month_day date{year{y}, month{unsigned(mo)}, day{unsigned(d)}};
    if (!date.ok() || h > 23 || mi > 59 || s > 60)
        return {};
    std::size_t at = 19;
    int millis = 0;
    if (at < text.size() && text[at] == '.') {
        int scale = 100;
        std::size_t start = ++at;
        for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10)
            millis += (text[at] - '0') * scale;
        if (at == start || at - start > 9)
            return {};
    }
    if (at >= text.size())
        return {};
    minutes offset{0};
    if (text[at] == 'Z' || text[at] == 'z') {
        ++at;
    } else if (text[at] == '+' || text[at] == '-') {
        int oh, om;
        if (!digits(text, at + 1, 2, oh) || at + 6 > text.size() || text[at + 3] != ':' ||
            !digits(text, at + 4, 2, om) || oh > 23 || om > 59)
            return {};
        offset = hours{oh} + minutes{om};
        if (text[at] == '-')
            offset = -offset;
        at += 6;
    } else {
        return {};
    }
    if (at != text.size())
        return {};
    return time_point{sys_days{date}} + hours{h} + minutes{mi} + seconds{s} + milliseconds{millis} - offset;
}

std::string to_http_date(time_point when)
{
    auto day = floor<days>(when);
    year_month_day date{day};
    hh_mm_ss clock{when - day};
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", days_of_week[weekday{day}.c_encoding()],
                       unsigned(date.day()), months[unsigned(date.month()) - 1], int(date.year()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::optional<milliseconds> parse_duration(std::string_view text)
{
    long long n = 0;
    auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (problem != std::errc{} || n < 0 || n > 1'000'000'000)
        return {};
    std::string_view unit{end, static_cast<std::size_t>(text.data() + text.size() - end)};
    if (unit.empty() && n == 0)
        return milliseconds{0};
    if (unit == "ms")
        return milliseconds{n};
    if (unit == "s")
        return seconds{n};
    if (unit == "m")
        return minutes{n};
    if (unit == "h")
        return hours{n};
    if (unit == "d")
        return days{n};
    return {};
}

std::string format_duration(milliseconds length)
{
    auto n = length.count();
    if (n == 0)
        return "0s";
    if (n % 86'400'000 == 0)
        return fmt::format("{}d", n / 86'400'000);
    if (n % 3'600'000 == 0)
        return fmt::format("{}h", n / 3'600'000);
    if (n % 60'000 == 0)
        return fmt::format("{}m", n / 60'000);
    if (n % 1'000 == 0)
        return fmt::format("{}s", n / 1'000);
    return fmt::format("{}ms", n);
}

} // namespace edm
