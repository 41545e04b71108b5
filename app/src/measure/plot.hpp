#pragma once

#include <string>
#include <vector>

/// Plots as inline SVG that take their colours from the page. They are 340 wide, and scale with their column.
namespace edm::measure::plot {

struct part
{
    std::string css_class; ///< of the colour
    double value = 0;
    std::string title{}; ///< what a pointer over it tells
};

/// One bar of one or several parts, below its label.
struct bar
{
    std::string label, value;
    std::vector<part> parts;
};
/// Horizontal bars over one scale from 0.
std::string bars(const std::string& title, const std::vector<bar>& all);

/// A line from p50 (a dot) over p95 (a tick) to p99 (a ring), below its label.
struct range
{
    std::string label, css_class;
    double p50 = 0, p95 = 0, p99 = 0;
};
/// Over one logarithmic scale from `lowest` to `highest`, both powers of ten.
std::string ranges(const std::string& title, const std::vector<range>& all, double lowest, double highest);

} // namespace edm::measure::plot
