#include "timing.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <span>

namespace edm::payment_provider {

using namespace std::chrono_literals;

namespace {

constexpr milliseconds day = 24h;

// Standard Webhooks 1.0, "Retry schedule"; the last step repeats.
constexpr std::array<milliseconds, 6> production_steps{5s, 5min, 30min, 2h, 5h, 10h};
constexpr std::array<milliseconds, 7> development_steps{500ms, 1s, 2s, 5s, 15s, 30s, 60s};

} // namespace

std::optional<delay_range> parse_delay(std::string_view text)
{
    constexpr std::string_view dots = "..";
    const auto at = text.find(dots);
    const auto shortest = parse_duration(text.substr(0, at));
    const auto longest = at == std::string_view::npos ? shortest : parse_duration(text.substr(at + dots.size()));
    if (!shortest || !longest || *shortest < 0ms || *longest < *shortest || *longest > day)
        return {};
    return delay_range{*shortest, *longest};
}

milliseconds pick(const delay_range& range, const random_source& random)
{
    const auto choices = static_cast<std::uint64_t>((range.longest - range.shortest).count()) + 1;
    return range.shortest + milliseconds{random.below(choices)};
}

milliseconds retry_delay(std::int64_t tries, bool development, milliseconds retry_after, const random_source& random)
{
    const std::span<const milliseconds> steps = development ? std::span<const milliseconds>{development_steps}
                                                            : std::span<const milliseconds>{production_steps};
    const auto step = steps[std::min(static_cast<std::size_t>(std::max<std::int64_t>(tries, 1) - 1), steps.size() - 1)];
    const auto jitter = milliseconds{random.below(static_cast<std::uint64_t>(step.count()) / 5 + 1)};
    return std::max(step + jitter, retry_after);
}

milliseconds retry_after_of(const http_answer& answer)
{
    for (const auto& [name, value] : answer.headers) {
        if (name != "retry-after")
            continue;
        std::int64_t seconds = 0;
        const auto* end = value.data() + value.size();
        const auto [stop, problem] = std::from_chars(value.data(), end, seconds);
        if (problem == std::errc{} && stop == end && seconds > 0)
            return std::min(day, milliseconds{std::min<std::int64_t>(seconds, 86'400) * 1000});
    }
    return 0ms;
}

} // namespace edm::payment_provider
