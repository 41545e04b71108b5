#pragma once

#include "documents.hpp"

#include <edm/contracts/purchasing.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace edm::notifications {

/// How many entries of a user are kept.
inline constexpr std::size_t kept_entries = 200;

/// Writes what an event says. False: nothing changed, because the list knew it already.
bool take(timeline& list, const contracts::recipe_purchase_requested& e);
bool take(timeline& list, const contracts::purchase_status_changed& e);

/// The number of the oldest kept entry; one more than the counter where there is none.
std::int64_t oldest(const timeline& list);

/// A reader's place from `Last-Event-ID`: none where there is no such header, -1 (no place at all) where it is not a
/// number of ours.
std::optional<std::int64_t> place_of(const std::optional<std::string>& last_event_id);

/// What a reader at `place` has to be sent next.
struct news
{
    bool reset = false;      ///< the reader's place is gone
    std::int64_t before = 0; ///< the number before the first of `entries`
    std::span<const entry> entries;
};
/// At most `limit` entries after `place`; from the oldest where there is no place yet.
news next(const timeline& list, std::optional<std::int64_t> place, std::size_t limit);

} // namespace edm::notifications
