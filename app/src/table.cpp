#include "table.hpp"

#include <edm/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace edm::app {

namespace {

bool is_number(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

std::string for_terminal(std::string_view text)
{
    std::string out;
    bool valid = valid_utf8(text);
    for (std::size_t i = 0; i != text.size(); ++i) {
        auto c = static_cast<unsigned char>(text[i]);
        // U+0080 to U+009F: controls too, for some terminals.
        bool c1 = c == 0xc2 && i + 1 != text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
        if (c1)
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[++i]));
        else if (c < 0x20 || c == 0x7f || (!valid && c >= 0x80))
            out += fmt::format("\\x{:02x}", c);
        else
            out += text[i];
    }
    return out;
}

std::string text_table::text() const
{
    auto rows = rows_;
    std::vector<std::size_t> widths(rows.front().size());
    std::vector<bool> numbers(widths.size(), rows.size() > 1);
    for (auto& cells : rows)
        for (std::size_t i = 0; i != widths.size(); ++i) {
            cells[i] = for_terminal(cells[i]);
            widths[i] = std::max(widths[i], code_points(cells[i]));
            if (&cells != &rows.front())
                numbers[i] = numbers[i] && is_number(cells[i]);
        }
    std::string out;
    for (const auto& cells : rows) {
        std::string line;
        for (std::size_t i = 0; i != widths.size(); ++i) {
            std::string blanks(widths[i] - code_points(cells[i]), ' ');
            line += numbers[i] ? blanks + cells[i] : cells[i] + blanks;
            line += "  ";
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + '\n';
    }
    return out;
}

} // namespace edm::app
