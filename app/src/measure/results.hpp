#pragma once

#include "study.hpp"

#include <functional>
#include <string>
#include <vector>

namespace edm::measure {

/// All that a run of `edm measure` found.
struct results
{
    std::string version, measured_at, processor, machine; ///< `machine`: cores, memory, system
    double sync_ms = 0;                                   ///< what one fdatasync takes here, median
    std::string syncs_counted;                            ///< how
    workload work;
    std::vector<outcome> outcomes;
    std::vector<std::string> not_run; ///< each with its reason
};

/// What the figures are, in a table for a terminal, and in the words that the other forms share.
std::string as_text(const results& r);
std::string as_json(const results& r);
/// One page that needs nothing else: plots as SVG, light and dark, readable on a phone.
std::string as_html(const results& r);

/// One line of the comparison: a figure of each placement.
struct figure
{
    std::string group, name, unit;
    std::function<double(const outcome&)> of; ///< not a number: there is none
    bool less_is_better = true;
};
const std::vector<figure>& figures();
/// As people read it: `1,234`, `123`, `12.3`, `0.45`; `–` where there is none.
std::string shown(double value);

} // namespace edm::measure
