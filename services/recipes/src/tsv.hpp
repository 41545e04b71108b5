#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace edm::recipes {

/// One record of a table: usually one line, more where quoted fields hold line breaks.
struct tsv_record
{
    std::int64_t row = 0; ///< from 1; blank lines count
    std::vector<std::string> fields;
    std::string problem; ///< what is wrong with its form; empty: nothing
};

/// Reads fields separated by tabs, records by LF or CRLF, with the quoting of CSV (RFC 4180): a field that begins with
/// `"` ends at the next single `"`, holds tabs and line breaks as they are, and `""` as `"`. A `"` further on in a
/// field that does not begin with one is an ordinary character. A byte order mark and blank lines are skipped.
std::vector<tsv_record> read_tsv(std::string_view text);

} // namespace edm::recipes
