// Browsing: the listing, from the shelf, and one recipe, from its document.

#include "errors.hpp"
#include "ownership.hpp"
#include "recipes.hpp"

#include <utility>

namespace edm::recipes {

task<result<user_recipes>> recipes::owned_by(std::string user_id) const
{
    auto owned = co_await user_recipes_.get(std::move(user_id));
    if (!owned)
        co_return fail(std::move(owned.error()));
    co_return std::move(*owned).value_or(user_recipes{});
}

task<result<list_reply>> recipes::list(call& by, list_request request)
{
    const auto owned = co_await owned_by(by.user_id());
    if (!owned)
        co_return fail(owned.error());
    const auto shelf = co_await shelf_.now();
    if (!shelf)
        co_return fail(shelf.error());
    auto page = (*shelf)->page(request, *owned);
    if (!page)
        co_return fail(errc::unknown_place);
    co_return std::move(*page);
}

task<result<details_reply>> recipes::details(call& by, details_request request)
{
    const auto owned = co_await owned_by(by.user_id());
    if (!owned)
        co_return fail(owned.error());
    auto found = co_await recipes_.get(request.recipe_id.str());
    if (!found)
        co_return fail(std::move(found.error()));
    const auto status = status_of(*owned, request.recipe_id.str());
    if (!*found || (!(*found)->for_sale && status == availability::available))
        co_return fail(errc::recipe_not_found);

    auto& from = **found;
    detailed_recipe out{.id = request.recipe_id.str(),
                        .summary = {std::move(from.name), std::move(from.description)},
                        .category = std::move(from.category),
                        .easiness = from.easiness,
                        .tags = std::move(from.tags),
                        .price = {},
                        .status = status,
                        .modif_datetime = from.modif_datetime,
                        .recipe = {}};
    if (status == availability::purchased)
        out.recipe = recipe_text{std::move(from.ingredients), std::move(from.directions)};
    else
        out.price = static_cast<money>(from.price);
    co_return details_reply{std::move(out)};
}

} // namespace edm::recipes
