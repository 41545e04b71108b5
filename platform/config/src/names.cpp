#include "names.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>

namespace edm::config {

namespace {

bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

// Optimal string alignment distance. Names come from outside, so their length is cut.
std::size_t edit_distance(std::string_view a, std::string_view b)
{
    a = a.substr(0, 128);
    b = b.substr(0, 128);
    std::vector<std::size_t> before(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        previous[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        current[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            auto replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            current[j] = std::min({previous[j] + 1, current[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                current[j] = std::min(current[j], before[j - 2] + 1);
        }
        before.swap(previous);
        previous.swap(current);
    }
    return previous[b.size()];
}

} // namespace

bool valid_name(std::string_view name) noexcept
{
    return !name.empty() && is_letter(name.front()) &&
           std::ranges::all_of(name, [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& candidates)
{
    std::string_view best;
    auto smallest = std::numeric_limits<std::size_t>::max();
    for (auto candidate : candidates) {
        auto distance = edit_distance(name, candidate);
        if (distance < smallest) {
            smallest = distance;
            best = candidate;
        }
    }
    return best;
}

} // namespace edm::config
