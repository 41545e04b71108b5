#include "report.hpp"

#include <edm/core/environment.hpp>
#include <edm/describe/describe.hpp>

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace edm::bench {

namespace {

std::string_view name_of(verdict v)
{
    switch (v) {
    case verdict::pass:
        return "pass";
    case verdict::miss:
        return "MISS";
    case verdict::shown:
        break;
    }
    return "-";
}

std::array<std::string, 6> cells(const row& r)
{
    return {fmt::format("{} {}", r.id, r.measure), r.value, r.reference, r.ratio, r.target,
            std::string{name_of(r.came_to)}};
}

/// Columns of text that holds UTF-8.
std::size_t width(std::string_view text)
{
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

} // namespace

spread of(std::vector<double> rounds)
{
    if (rounds.empty())
        return {};
    std::ranges::sort(rounds);
    auto middle = rounds.size() / 2;
    auto median = rounds.size() % 2 ? rounds[middle] : (rounds[middle - 1] + rounds[middle]) / 2;
    return {median, rounds.front(), rounds.back()};
}

double quantile(std::vector<double>& samples, double part)
{
    if (samples.empty())
        return 0;
    auto at = std::min(samples.size() - 1, static_cast<std::size_t>(part * static_cast<double>(samples.size())));
    std::ranges::nth_element(samples, samples.begin() + static_cast<std::ptrdiff_t>(at));
    return samples[at];
}

double processor_seconds()
{
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

std::string si(double value)
{
    if (value >= 999'500)
        return fmt::format("{:.2f} M", value / 1e6);
    if (value >= 9'995)
        return fmt::format("{:.1f} k", value / 1e3);
    if (value >= 100)
        return fmt::format("{:.0f}", value);
    return value >= 10 ? fmt::format("{:.1f}", value) : fmt::format("{:.2f}", value);
}

std::string si(const spread& s)
{
    return fmt::format("{} ({}–{})", si(s.median), si(s.lowest), si(s.highest));
}

std::string percent(double ratio)
{
    return fmt::format("{:.0f} %", std::floor(ratio * 100));
}

void report::add(row r)
{
    auto c = cells(r);
    fmt::print("{}: {} | reference: {} | {} | {} | {}\n", c[0], c[1], c[2], c[3], c[4], c[5]);
    std::fflush(stdout);
    rows_.push_back(std::move(r));
}

void report::note(std::string text)
{
    fmt::print("  {}\n", text);
    std::fflush(stdout);
    notes_.push_back(std::move(text));
}

void report::print() const
{
    std::vector<std::array<std::string, 6>> lines{{"measure", "value", "reference", "ratio", "target", "result"}};
    for (const auto& r : rows_)
        lines.push_back(cells(r));
    std::array<std::size_t, 6> widths{};
    for (const auto& line : lines)
        for (std::size_t i = 0; i != line.size(); ++i)
            widths[i] = std::max(widths[i], width(line[i]));
    fmt::print("\n");
    for (const auto& line : lines) {
        std::string text;
        for (std::size_t i = 0; i != line.size(); ++i)
            text += fmt::format("{}{}{}", i ? " | " : "", line[i], std::string(widths[i] - width(line[i]), ' '));
        fmt::print("{}\n", text);
    }
    fmt::print("\n");
    for (const auto& text : notes_)
        fmt::print("{}\n", text);
}

void report::write_json(const std::string& path) const
{
    std::string out = R"({"measured_at":)";
    append_json_string(out, to_rfc3339(environment{}.now()));
    out += fmt::format(R"(,"cores":{},"rows":[)", std::thread::hardware_concurrency());
    for (std::size_t i = 0; i != rows_.size(); ++i) {
        const auto& r = rows_[i];
        auto c = cells(r);
        static constexpr std::array names{"measure", "value", "reference", "ratio", "target", "result"};
        out += i ? ",{" : "{";
        for (std::size_t n = 0; n != c.size(); ++n) {
            out += fmt::format(R"({}"{}":)", n ? "," : "", names[n]);
            append_json_string(out, c[n]);
        }
        for (const auto& [name, value] : r.figures)
            out += fmt::format(R"(,"{}":{:.6g})", name, value);
        out += "}";
    }
    out += R"(],"notes":[)";
    for (std::size_t i = 0; i != notes_.size(); ++i) {
        out += i ? "," : "";
        append_json_string(out, notes_[i]);
    }
    out += "]}\n";
    if (auto folder = std::filesystem::path{path}.parent_path(); !folder.empty())
        std::filesystem::create_directories(folder);
    std::ofstream file{path};
    file << out;
    if (!file.flush())
        throw std::runtime_error(path + " cannot be written");
}

} // namespace edm::bench
