#include <edm/observability/log.hpp>

#include "escape.hpp"

#include <fmt/format.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <cmath>
#include <exception>
#include <iterator>
#include <memory>
#include <mutex>

namespace edm::observability::log {

namespace {

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warning", "error"};
constexpr std::size_t longest_value = 8192;

/// Hands each line to a function; base_sink holds its mutex meanwhile.
class function_sink final : public spdlog::sinks::base_sink<std::mutex>
{
  public:
    explicit function_sink(std::function<void(std::string_view)> write) : write_(std::move(write)) {}

  private:
    void sink_it_(const spdlog::details::log_msg& message) override
    {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        write_({line.data(), line.size()});
    }
    void flush_() override {}

    std::function<void(std::string_view)> write_;
};

/// What the writer of a line needs; replaced as a whole by `configure`.
struct writer
{
    log::format format;
    const edm::clock* clock;
    spdlog::logger out;

    explicit writer(options how) : format(how.format), clock(how.clock), out("edm", sink(std::move(how.write)))
    {
        out.set_formatter(std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::utc, "\n"));
        out.set_level(spdlog::level::trace);
        out.flush_on(spdlog::level::trace);
    }

    static spdlog::sink_ptr sink(std::function<void(std::string_view)> write)
    {
        if (write)
            return std::make_shared<function_sink>(std::move(write));
        return std::make_shared<spdlog::sinks::stderr_sink_mt>();
    }
};

struct current_writer
{
    std::mutex mutex;
    std::shared_ptr<writer> now = std::make_shared<writer>(options{});
};

/// Never destroyed, so that lines can be written until the process ends.
current_writer& current()
{
    static auto* one = new current_writer;
    return *one;
}

spdlog::level::level_enum spdlog_level(level at)
{
    switch (at) {
    case level::debug:
        return spdlog::level::debug;
    case level::info:
        return spdlog::level::info;
    case level::warning:
        return spdlog::level::warn;
    default:
        return spdlog::level::err;
    }
}

std::string_view cut(std::string_view text)
{
    return text.substr(0, longest_value);
}

void append_json_string(std::string& out, std::string_view text)
{
    out += '"';
    append_json_escaped(out, cut(text));
    out += '"';
}

template <class T>
void append_number(std::string& out, T value)
{
    fmt::format_to(std::back_inserter(out), "{}", value);
}

std::string json_line(std::string_view time, level at, std::string_view event, fields values, const origin& from)
{
    std::string out;
    out.reserve(256);
    auto member = [&](std::string_view key, std::string_view value) {
        out += out.empty() ? "{" : ",";
        append_json_string(out, key);
        out += ':';
        append_json_string(out, value);
    };
    member("time", time);
    member("level", level_names[static_cast<std::size_t>(at)]);
    member("event", event);
    if (!from.service.empty())
        member("service", from.service);
    if (from.trace && from.trace->valid()) {
        member("trace_id", from.trace->trace_hex());
        member("span_id", from.trace->span_hex());
    }
    for (const auto& one : values) {
        if (auto* text = std::get_if<std::string_view>(&one.value)) {
            member(one.key, *text);
            continue;
        }
        out += ',';
        append_json_string(out, one.key);
        out += ':';
        if (auto* real = std::get_if<double>(&one.value); real && !std::isfinite(*real))
            out += "null";
        else
            std::visit([&](const auto& value) { append_number(out, value); }, one.value);
    }
    out += '}';
    return out;
}

std::string text_line(std::string_view time, level at, std::string_view event, fields values, const origin& from)
{
    std::string out;
    out.reserve(256);
    fmt::format_to(std::back_inserter(out), "{} {:<7} ", time, level_names[static_cast<std::size_t>(at)]);
    append_text_value(out, event);
    auto member = [&](std::string_view key) {
        out += ' ';
        append_text_value(out, key);
        out += '=';
    };
    if (!from.service.empty()) {
        member("service");
        append_text_value(out, from.service);
    }
    for (const auto& one : values) {
        member(one.key);
        if (auto* text = std::get_if<std::string_view>(&one.value))
            append_text_value(out, cut(*text));
        else
            std::visit([&](const auto& value) { append_number(out, value); }, one.value);
    }
    if (from.trace && from.trace->valid()) {
        member("trace_id");
        out += from.trace->trace_hex();
    }
    return out;
}

} // namespace

std::optional<level> parse_level(std::string_view name) noexcept
{
    for (std::size_t i = 0; i != level_names.size(); ++i) {
        if (level_names[i] == name)
            return static_cast<level>(i);
    }
    return name == "off" ? std::optional{level::off} : std::nullopt;
}

void configure(options how)
{
    auto least = how.level;
    auto next = std::make_shared<writer>(std::move(how));
    auto& state = current();
    std::shared_ptr<writer> previous; // destroyed outside the lock
    std::lock_guard lock{state.mutex};
    previous = std::exchange(state.now, std::move(next));
    detail::least.store(least, std::memory_order_relaxed);
}

void detail::write(level at, std::string_view event, fields values, const origin& from) noexcept
try {
    std::shared_ptr<writer> to;
    {
        auto& state = current();
        std::lock_guard lock{state.mutex};
        to = state.now;
    }
    auto time = to_rfc3339(to->clock->now());
    auto line = to->format == format::json ? json_line(time, at, event, values, from)
                                           : text_line(time, at, event, values, from);
    to->out.log(spdlog::source_loc{}, spdlog_level(at), spdlog::string_view_t{line.data(), line.size()});
} catch (const std::exception&) {
    // A line that cannot be written must not harm what it tells of.
}

} // namespace edm::observability::log
