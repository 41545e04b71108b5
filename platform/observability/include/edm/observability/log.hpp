#pragma once

#include <edm/core/environment.hpp>
#include <edm/observability/trace.hpp>

#include <atomic>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// Structured log lines: `log::info("user_signed_up", {{"user", id}, {"attempt", 2}}, {trace, "authentication"});`
///
/// A line has time, level, event, where given service and trace id, and the fields. An event's name is snake_case and
/// constant, so that lines can be counted; what varies is a field. Any thread may log. Logging never throws.
namespace edm::observability::log {

enum class level : std::uint8_t
{
    debug,
    info,
    warning,
    error,
    off
};

enum class format : std::uint8_t
{
    text, ///< `2026-11-24T14:31:12.345Z info  user_signed_up service=… user=… trace_id=…`
    json  ///< one object a line
};

/// `debug`, `info`, `warning`, `error`, `off`.
std::optional<level> parse_level(std::string_view name) noexcept;

struct options
{
    log::format format = log::format::text;
    log::level level = log::level::info; ///< the least level that is written
    const edm::clock* clock = &edm::clock::system();
    /// Takes each line, with its newline, one at a time; empty: stderr.
    std::function<void(std::string_view line)> write{};
};

/// Takes effect for the lines that follow. Before the first call: text, info, stderr.
void configure(options how);

/// A named value of a line. Takes text, numbers and booleans; a secret type is none of these and does not compile. The
/// names `time`, `level`, `event`, `service`, `trace_id` and `span_id` are taken. A field lives as long as the call.
struct field
{
    std::string_view key;
    std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool> value;

    template <class T>
        requires std::same_as<T, std::string> || std::same_as<T, std::string_view>
    field(std::string_view k, const T& v) : key(k), value(std::string_view{v})
    {
    }
    field(std::string_view k, const char* v) : key(k), value(std::string_view{v}) {}
    template <std::same_as<bool> T>
    field(std::string_view k, T v) : key(k), value(v)
    {
    }
    template <std::signed_integral T>
        requires(!std::same_as<T, char>)
    field(std::string_view k, T v) : key(k), value(static_cast<std::int64_t>(v))
    {
    }
    template <std::unsigned_integral T>
        requires(!std::same_as<T, bool>)
    field(std::string_view k, T v) : key(k), value(static_cast<std::uint64_t>(v))
    {
    }
    template <std::floating_point T>
    field(std::string_view k, T v) : key(k), value(static_cast<double>(v))
    {
    }
};

using fields = std::initializer_list<field>;

/// Where a line comes from: a trace, a service, both, or neither.
struct origin
{
    const trace_context* trace = nullptr;
    std::string_view service{};

    origin() = default;
    origin(const trace_context& t, std::string_view s = {}) : trace(&t), service(s) {}
    origin(std::string_view s) : service(s) {}
};

namespace detail {
inline std::atomic<level> least{level::info};
void write(level at, std::string_view event, fields values, const origin& from) noexcept;
} // namespace detail

/// Whether lines of this level are written: one relaxed load, for where fields are costly to make.
inline bool enabled(level at) noexcept
{
    return at >= detail::least.load(std::memory_order_relaxed);
}

inline void debug(std::string_view event, fields values = {}, const origin& from = {}) noexcept
{
    if (enabled(level::debug)) [[unlikely]]
        detail::write(level::debug, event, values, from);
}
inline void info(std::string_view event, fields values = {}, const origin& from = {}) noexcept
{
    if (enabled(level::info))
        detail::write(level::info, event, values, from);
}
inline void warning(std::string_view event, fields values = {}, const origin& from = {}) noexcept
{
    if (enabled(level::warning))
        detail::write(level::warning, event, values, from);
}
inline void error(std::string_view event, fields values = {}, const origin& from = {}) noexcept
{
    if (enabled(level::error))
        detail::write(level::error, event, values, from);
}

/// One answered request.
struct access
{
    std::string_view method;
    std::string_view route; ///< the template, such as `/buy-recipe/{recipe_id}`
    int status;
    double seconds;
};

/// The access log: at debug, and at error where the status is 500 or more. Costs one comparison otherwise.
inline void request(const access& one, const origin& from = {}) noexcept
{
    auto at = one.status >= 500 ? level::error : level::debug;
    if (enabled(at)) [[unlikely]]
        detail::write(at, "request",
                      {{"method", one.method}, {"route", one.route}, {"status", one.status}, {"seconds", one.seconds}},
                      from);
}

} // namespace edm::observability::log
