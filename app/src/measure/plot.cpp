#include "plot.hpp"

#include "results.hpp"

#include <edm/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace edm::measure::plot {

namespace {

constexpr double width = 340, row_height = 38, bar_height = 14, axis_height = 22;

std::string text(double x, double y, std::string_view css_class, std::string_view content)
{
    return fmt::format(R"(<text x="{:.1f}" y="{:.1f}" class="{}">{}</text>)", x, y, css_class,
                       html_escape(std::string{content}));
}

std::string opened(const std::string& title, double height)
{
    return fmt::format(R"(<svg viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">)", width, height,
                       html_escape(title));
}

} // namespace

std::string bars(const std::string& title, const std::vector<bar>& all)
{
    double largest = 0;
    for (const auto& one : all) {
        double sum = 0;
        for (const auto& p : one.parts)
            sum += p.value;
        largest = std::max(largest, sum);
    }
    auto out = opened(title, row_height * static_cast<double>(all.size()));
    for (std::size_t i = 0; i != all.size(); ++i) {
        const auto& one = all[i];
        const double y = row_height * static_cast<double>(i);
        out += text(0, y + 12, "label", one.label);
        out += text(width, y + 12, "label value", one.value);
        out += fmt::format(R"(<rect x="0" y="{:.1f}" width="{:.0f}" height="{:.0f}" rx="3" class="track"/>)", y + 17,
                           width, bar_height);
        double x = 0;
        for (const auto& p : one.parts) {
            const double length = largest > 0 ? p.value / largest * width : 0;
            if (length < 0.1)
                continue;
            out += fmt::format(R"(<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.0f}" rx="3" class="{}">)"
                               R"(<title>{}</title></rect>)",
                               x, y + 17, std::max(1.5, length - (one.parts.size() > 1 ? 1 : 0)), bar_height,
                               p.css_class, html_escape(p.title));
            x += length;
        }
    }
    return out + "</svg>";
}

std::string ranges(const std::string& title, const std::vector<range>& all, double lowest, double highest)
{
    constexpr double margin = 8;
    const double low = std::log10(lowest), high = std::log10(highest);
    auto at = [&](double value) {
        const double clamped = std::clamp(value, lowest, highest);
        return margin + (std::log10(clamped) - low) / (high - low) * (width - 2 * margin);
    };
    const double height = row_height * static_cast<double>(all.size());
    auto out = opened(title, height + axis_height);
    for (double decade = lowest; decade < highest * 1.01; decade *= 10) {
        out += fmt::format(R"(<line x1="{0:.1f}" x2="{0:.1f}" y1="0" y2="{1:.1f}" class="grid"/>)", at(decade),
                           height + 4);
        const bool first = decade <= lowest * 1.01, last = decade * 1.01 >= highest;
        out += text(first  ? 0
                    : last ? width
                           : at(decade),
                    height + 17,
                    first  ? "axis first"
                    : last ? "axis last"
                           : "axis",
                    fmt::format("{:g}{}", decade, last ? " ms" : ""));
    }
    for (std::size_t i = 0; i != all.size(); ++i) {
        const auto& one = all[i];
        const double y = row_height * static_cast<double>(i), line = y + 24;
        out += text(0, y + 12, "label", one.label);
        out += text(width, y + 12, "label value",
                    fmt::format("{} · {} · {}", shown(one.p50), shown(one.p95), shown(one.p99)));
        out += fmt::format(R"(<g class="{}"><title>p50 {} ms, p95 {} ms, p99 {} ms</title>)", one.css_class,
                           shown(one.p50), shown(one.p95), shown(one.p99));
        out += fmt::format(R"(<line x1="{0:.1f}" x2="{1:.1f}" y1="{2:.1f}" y2="{2:.1f}" class="span"/>)", at(one.p50),
                           at(one.p99), line);
        out += fmt::format(R"(<line x1="{0:.1f}" x2="{0:.1f}" y1="{1:.1f}" y2="{2:.1f}" class="span"/>)", at(one.p95),
                           line - 5, line + 5);
        out += fmt::format(R"(<circle cx="{:.1f}" cy="{:.1f}" r="4.5" class="ring"/>)", at(one.p99), line);
        out += fmt::format(R"(<circle cx="{:.1f}" cy="{:.1f}" r="5.5" class="dot"/></g>)", at(one.p50), line);
    }
    return out + "</svg>";
}

} // namespace edm::measure::plot
