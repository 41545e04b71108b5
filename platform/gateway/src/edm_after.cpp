#include "edm_after.hpp"

#include <edm/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace edm::gateway {

std::vector<after_entry> parse_edm_after(std::string_view header)
{
    constexpr int most_entries = 8;
    std::vector<after_entry> out;
    auto rest = header;
    for (int i = 0; i != most_entries && !rest.empty(); ++i) {
        auto comma = std::min(rest.find(','), rest.size());
        auto entry = rest.substr(0, comma);
        rest.remove_prefix(std::min(comma + 1, rest.size()));
        while (!entry.empty() && entry.front() == ' ')
            entry.remove_prefix(1);
        auto first = entry.find('/'), last = entry.rfind('/');
        if (first == std::string_view::npos || first == last)
            continue;
        auto topic = percent_decode(entry.substr(0, first)),
             key = percent_decode(entry.substr(first + 1, last - first - 1));
        auto place = sequence::parse(entry.substr(last + 1));
        if (topic && key && place)
            out.push_back({std::move(*topic), std::move(*key), *place});
    }
    return out;
}

std::string edm_after(const std::vector<call::published>& events)
{
    std::string out;
    for (const auto& e : events) {
        if (!out.empty())
            out += ", ";
        out += fmt::format("{}/{}/{}", percent_encode(e.topic), percent_encode(e.key), e.sequence.text());
    }
    return out;
}

} // namespace edm::gateway
