#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace edm {

/// Wall-clock time, UTC, in milliseconds.
using time_point = std::chrono::sys_time<std::chrono::milliseconds>;
using milliseconds = std::chrono::milliseconds;

/// RFC 3339 with milliseconds and `Z`: `2026-11-24T14:31:12.345Z`.
std::string to_rfc3339(time_point when);
/// Parses RFC 3339 with any offset and 0–9 fraction digits (cut to milliseconds); nothing where it is malformed.
std::optional<time_point> from_rfc3339(std::string_view text);
/// RFC 9110 IMF-fixdate, for HTTP `Date` and mail: `Tue, 24 Nov 2026 14:31:12 GMT`.
std::string to_http_date(time_point when);
/// Durations as people write them in settings: `250ms`, `5s`, `10m`, `24h`, `30d`, and `0`.
std::optional<milliseconds> parse_duration(std::string_view text);
/// The inverse of `parse_duration`, with the largest unit that divides it.
std::string format_duration(milliseconds length);

} // namespace edm
