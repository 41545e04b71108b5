#pragma once

#include <edm/service/service.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace edm::notifications {

/// One line of a user's list. Its number is its place: the newest has the list's counter.
struct entry
{
    std::string recipe_id;
    std::int64_t attempt = 0;
    std::optional<std::int64_t> payment_status; ///< none: the attempt was requested
    std::optional<std::string> when;            ///< of the status, RFC 3339
};
BOOST_DESCRIBE_STRUCT(entry, (), (recipe_id, attempt, payment_status, when))

/// How far a purchase's attempts were taken. A user has one purchase per recipe.
struct progress
{
    std::string recipe_id;
    std::int64_t requested = 0; ///< the highest attempt whose request has its entry
    std::int64_t answered = 0;  ///< the highest attempt whose status has its entry
};
BOOST_DESCRIBE_STRUCT(progress, (), (recipe_id, requested, answered))

/// Document of `notification`, by user id.
struct timeline
{
    std::int64_t counter = 0;        ///< the number of the newest entry
    std::vector<entry> entries;      ///< the newest ones, oldest first
    std::vector<progress> purchases; ///< sorted by recipe id, never trimmed
};
BOOST_DESCRIBE_STRUCT(timeline, (), (counter, entries, purchases))

/// Document of `user-name` and of `recipe-name`.
struct named
{
    std::string name;
};
BOOST_DESCRIBE_STRUCT(named, (), (name))

} // namespace edm::notifications
