#include "ownership.hpp"

namespace edm::recipes {

bool take(user_recipes& of, const contracts::recipe_purchase_requested& event)
{
    auto& purchase = of.recipes[event.recipe_id];
    if (event.attempt <= purchase.requested)
        return false;
    purchase.requested = event.attempt;
    return true;
}

bool take(user_recipes& of, const contracts::purchase_status_changed& event)
{
    auto& purchase = of.recipes[event.recipe_id];
    const auto status = contracts::to_payment_status(event.payment_status);
    if (!status || event.attempt <= purchase.answered)
        return false;
    // Any status implies the request, which may still be on its way and will change nothing.
    const bool implied = event.attempt > purchase.requested;
    if (implied)
        purchase.requested = event.attempt;
    if (!contracts::is_final(*status))
        return implied;
    purchase.answered = event.attempt;
    purchase.purchased = purchase.purchased || *status == contracts::payment_status::paid;
    return true;
}

availability status_of(const user_recipes& of, std::string_view recipe_id)
{
    const auto at = of.recipes.find(recipe_id);
    if (at == of.recipes.end())
        return availability::available;
    const auto& purchase = at->second;
    if (purchase.purchased)
        return availability::purchased;
    return purchase.requested > purchase.answered ? availability::requested : availability::available;
}

} // namespace edm::recipes
