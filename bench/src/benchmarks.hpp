#pragma once

#include "report.hpp"

#include <filesystem>
#include <string>

namespace edm::bench {

struct settings
{
    bool quick = false;
    std::filesystem::path scratch; ///< data goes here, on a real disk; removed afterwards
};

/// B1: a trivial endpoint through the whole stack, against a bare Beast server.
void measure_requests(const settings& s, report& to);
/// B2: the list of recipes, against a bare Beast server that sends the same bytes.
void measure_listing(const settings& s, report& to);
/// B3: one topic to two subscriptions, against one thread that writes the same rows. B8 is B3 after much history.
void measure_events(const settings& s, report& to);
void measure_history(const settings& s, report& to);
/// B4 and B9: buying on the whole program.
void measure_purchases(const settings& s, report& to);
void measure_commits(const settings& s, report& to);
/// B5: resident memory.
void measure_memory(const settings& s, report& to);
/// B6: from the start of the process to `/readyz`.
void measure_start(const settings& s, report& to);
/// B7: browsing while logins saturate the hashing pool.
void measure_browsing(const settings& s, report& to);

} // namespace edm::bench
