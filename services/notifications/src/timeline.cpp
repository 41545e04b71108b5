#include "timeline.hpp"

#include <algorithm>
#include <charconv>

namespace edm::notifications {

namespace {

progress& progress_of(timeline& list, const std::string& recipe_id)
{
    const auto at = std::lower_bound(list.purchases.begin(), list.purchases.end(), recipe_id,
                                     [](const progress& p, const std::string& id) { return p.recipe_id < id; });
    if (at != list.purchases.end() && at->recipe_id == recipe_id)
        return *at;
    return *list.purchases.insert(at, progress{recipe_id});
}

void append(timeline& list, entry line)
{
    ++list.counter;
    list.entries.push_back(std::move(line));
    if (list.entries.size() > kept_entries)
        list.entries.erase(list.entries.begin(), list.entries.end() - kept_entries);
}

bool take_request(timeline& list, progress& purchase, std::int64_t attempt)
{
    if (attempt <= purchase.requested)
        return false;
    purchase.requested = attempt;
    append(list, {.recipe_id = purchase.recipe_id, .attempt = attempt});
    return true;
}

} // namespace

bool take(timeline& list, const contracts::recipe_purchase_requested& e)
{
    return take_request(list, progress_of(list, e.recipe_id), e.attempt);
}

bool take(timeline& list, const contracts::purchase_status_changed& e)
{
    auto& purchase = progress_of(list, e.recipe_id);
    if (e.attempt <= purchase.answered)
        return false;
    // Any status proves that the attempt was requested; the request itself may still be on its way.
    const bool requested = take_request(list, purchase, e.attempt);
    if (contracts::to_payment_status(e.payment_status) == contracts::payment_status::pending)
        return requested;
    purchase.answered = e.attempt;
    append(list, {.recipe_id = e.recipe_id, .attempt = e.attempt, .payment_status = e.payment_status, .when = e.when});
    return true;
}

std::int64_t oldest(const timeline& list)
{
    return list.counter + 1 - static_cast<std::int64_t>(list.entries.size());
}

std::optional<std::int64_t> place_of(const std::optional<std::string>& last_event_id)
{
    if (!last_event_id || last_event_id->empty())
        return {};
    std::int64_t number = 0;
    const auto* end = last_event_id->data() + last_event_id->size();
    const auto [stop, problem] = std::from_chars(last_event_id->data(), end, number);
    if (problem != std::errc{} || stop != end || number < 0)
        return -1;
    return number;
}

news next(const timeline& list, std::optional<std::int64_t> place, std::size_t limit)
{
    const auto before_oldest = oldest(list) - 1;
    const bool reset = place && (*place < before_oldest || *place > list.counter);
    const auto before = place && !reset ? *place : before_oldest;
    const auto rest = std::span{list.entries}.subspan(static_cast<std::size_t>(before - before_oldest));
    return {.reset = reset, .before = before, .entries = rest.first(std::min(rest.size(), limit))};
}

} // namespace edm::notifications
