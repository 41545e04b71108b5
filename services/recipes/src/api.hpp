#pragma once

#include "documents.hpp"

#include <edm/describe/describe.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edm::recipes {

struct load_request
{
    std::string recipes_csv; ///< the file
};
BOOST_DESCRIBE_STRUCT(load_request, (), (recipes_csv))

struct load_reply
{
    std::int64_t recipes = 0; ///< in the file
    std::int64_t changed = 0; ///< new, or different from what was stored
};
BOOST_DESCRIBE_STRUCT(load_reply, (), (recipes, changed))

/// What is wrong with a row of a catalogue.
struct row_error
{
    std::int64_t row = 0; ///< from 1
    std::optional<std::string> column;
    std::string message;

    bool operator==(const row_error&) const = default;
};
BOOST_DESCRIBE_STRUCT(row_error, (), (row, column, message))

/// `details.data` of a refused catalogue: the first thousand errors, and how many there are.
struct load_errors
{
    std::vector<row_error> errors;
    std::int64_t total = 0;
};
BOOST_DESCRIBE_STRUCT(load_errors, (), (errors, total))

/// What a recipe is to a user.
enum class availability
{
    available,
    requested, ///< being bought
    purchased,
};
BOOST_DESCRIBE_ENUM(availability, available, requested, purchased)

enum class sorting
{
    name,
    name_desc,
    price,
    price_desc,
    newest,
    oldest,
};
BOOST_DESCRIBE_ENUM(sorting, name, name_desc, price, price_desc, newest, oldest)

struct list_request
{
    std::optional<text<0, 200>> q; ///< words that name, description, category or tags hold; case and accents aside
    std::optional<text<0, 20>> category;
    std::optional<text<0, 40>> tag;
    std::optional<difficulty> easiness;
    std::optional<availability> status;
    std::optional<sorting> sort;
    std::optional<whole<1, 10'000>> limit;
    std::optional<text<1, 200>> after; ///< the id of the last recipe of the page before
};
BOOST_DESCRIBE_STRUCT(list_request, (), (q, category, tag, easiness, status, sort, limit, after))

struct summary
{
    std::string name;
    std::string description;
};
BOOST_DESCRIBE_STRUCT(summary, (), (name, description))

/// A recipe in the listing.
struct listed_recipe
{
    std::string id;
    recipes::summary summary;
    std::string category;
    difficulty easiness = difficulty::easy;
    std::vector<std::string> tags;
    std::optional<money> price; ///< absent once it is bought
    availability status = availability::available;
    time_point modif_datetime;
};
BOOST_DESCRIBE_STRUCT(listed_recipe, (), (id, summary, category, easiness, tags, price, status, modif_datetime))

/// A JSON array of `listed_recipe`, put together from parts that were encoded when the catalogue changed.
struct listing
{
    std::string json = "[]";
};

} // namespace edm::recipes

namespace edm::describing {

template <>
struct maker<recipes::listing>
{
    static_assert(wraps_only<recipes::listing, std::string>);
    static consteval type make()
    {
        return {.kind = kind::raw, .element = &type_of<std::vector<recipes::listed_recipe>>};
    }
};

} // namespace edm::describing

namespace edm::recipes {

struct list_reply
{
    listing all_recipes;
    std::optional<std::string> next; ///< `after` of the next page; absent on the last
};
BOOST_DESCRIBE_STRUCT(list_reply, (), (all_recipes, next))

struct details_request
{
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 1> examples{
        {{"recipe_id", "\"beef-rendang\""}}};

    text<1, 200> recipe_id; ///< path
};
BOOST_DESCRIBE_STRUCT(details_request, (), (recipe_id))

/// The part that is sold.
struct recipe_text
{
    std::vector<std::string> ingredients;
    std::string directions;
};
BOOST_DESCRIBE_STRUCT(recipe_text, (), (ingredients, directions))

struct detailed_recipe
{
    std::string id;
    recipes::summary summary;
    std::string category;
    difficulty easiness = difficulty::easy;
    std::vector<std::string> tags;
    std::optional<money> price; ///< absent once it is bought
    availability status = availability::available;
    time_point modif_datetime;
    std::optional<recipe_text> recipe; ///< only once it is bought
};
BOOST_DESCRIBE_STRUCT(detailed_recipe, (),
                      (id, summary, category, easiness, tags, price, status, modif_datetime, recipe))

struct details_reply
{
    detailed_recipe recipe;
};
BOOST_DESCRIBE_STRUCT(details_reply, (), (recipe))

} // namespace edm::recipes
