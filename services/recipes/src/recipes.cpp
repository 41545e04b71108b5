#include "recipes.hpp"

#include "errors.hpp"
#include "ownership.hpp"

#include <edm/contracts/purchasing.hpp>
#include <edm/contracts/recipes.hpp>
#include <edm/recipes/recipes.hpp>

#include <optional>
#include <utility>

namespace edm {

std::unique_ptr<service> make_recipes(const resources& from)
{
    return std::make_unique<recipes::recipes>(from);
}

namespace recipes {

namespace {

template <class E>
std::string user_of(const E& event, std::string_view)
{
    return event.user_id;
}

template <class E>
result<change<user_recipes>> taken(std::optional<user_recipes> before, const E& event, const received&)
{
    auto now = std::move(before).value_or(user_recipes{});
    if (!take(now, event))
        return change<user_recipes>::keep();
    return change<user_recipes>{std::move(now)};
}

} // namespace

std::string_view recipes::description() const
{
    return "The catalogue of recipes, and who may read them.";
}

void recipes::declare(registry& r)
{
    r.database(recipes_, "recipe").watched().describe("Recipes, by the slug of their name.");
    r.database(user_recipes_, "user-recipe").describe("What each user bought or is buying, by user id.");

    declare_endpoints(r);

    r.publishes<contracts::recipe_published>().from(recipes_, published);
    r.on<contracts::recipe_purchase_requested>("recipes.purchase-requested")
        .changes(user_recipes_, user_of<contracts::recipe_purchase_requested>)
        .by(taken<contracts::recipe_purchase_requested>);
    r.on<contracts::purchase_status_changed>("recipes.purchase-status")
        .changes(user_recipes_, user_of<contracts::purchase_status_changed>)
        .by(taken<contracts::purchase_status_changed>);
}

void recipes::declare_endpoints(registry& r)
{
    r.post("/load-recipes", *this, &recipes::load)
        .administrator()
        .publishes()
        .upload("recipes_csv")
        .created("api_recipes_loaded", "The recipes are stored.")
        .fails(errors::invalid_user, errc::invalid_format, errc::invalid_content, errc::cannot_load, errc::interrupted)
        .describe(
            "Load recipes",
            "The file is UTF-8, without header, its columns separated by tabs, with the quoting of CSV: name, "
            "description, category, easiness (easy, medium, hard), price, tags, ingredients, directions. Tags and "
            "ingredients are joined by `|`, which is a line break in description and directions.\n\n"
            "All rows are checked first; errors name row and column, and nothing is stored unless all is valid. A "
            "recipe "
            "that is stored under the same name is replaced, and left alone where nothing differs: after a fault in "
            "the "
            "middle, loading the file again completes it.");
    r.get("/get-all-recipes", *this, &recipes::list)
        .authenticated()
        .ok("api_all_recipes_retrieved", "The recipes.")
        .fails(errc::unknown_place)
        .describe(
            "List recipes",
            "All recipes for sale and those that the user owns, without ingredients and directions; `price` only where "
            "the user has not bought the recipe. Each has `id`, `summary` (`name`, `description`), `category`, "
            "`easiness`, `tags`, `price`, `status` (available, requested, purchased) and `modif_datetime`.\n\n"
            "Filters: `q` (words, case and accents aside), `category`, `tag`, `easiness`, `status`. Order: `sort` "
            "(name, "
            "name_desc, price, price_desc, newest, oldest; default name). Pages: `limit`, and `after` with the `next` "
            "of "
            "the page before.");
    r.get("/get-recipe-details/{recipe_id}", *this, &recipes::details)
        .authenticated()
        .ok("api_recipe_details_retrieved", "The recipe.")
        .fails(errc::recipe_not_found)
        .describe("Read a recipe", "What the listing tells of it and, once the user has bought it, its ingredients and "
                                   "directions. A withdrawn "
                                   "recipe is there for its owners only.");
}

} // namespace recipes

} // namespace edm
