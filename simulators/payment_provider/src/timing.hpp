#pragma once

#include <edm/service/service.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace edm::payment_provider {

/// How long a payment takes: between the two, both included.
struct delay_range
{
    milliseconds shortest;
    milliseconds longest;
};

/// Parses `1s..5s`, or one duration for both ends; none where it is malformed or longer than a day.
std::optional<delay_range> parse_delay(std::string_view text);

milliseconds pick(const delay_range& range, const random_source& random);

/// How long to wait after the `tries`th try of a webhook (from 1) failed, with up to a fifth of it as jitter, and no
/// less than `retry_after`. Development's schedule is short.
milliseconds retry_delay(std::int64_t tries, bool development, milliseconds retry_after, const random_source& random);

/// `Retry-After` of an answer in seconds, at most a day; zero where it says none, or a date.
milliseconds retry_after_of(const http_answer& answer);

} // namespace edm::payment_provider
