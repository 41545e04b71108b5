#pragma once

#include "api.hpp"
#include "documents.hpp"

#include <edm/contracts/purchasing.hpp>

#include <string_view>

// What a user bought: pure, and the same whatever order requests and statuses come in.

namespace edm::recipes {

/// Take an event; false: it is late or repeated and changes nothing.
bool take(user_recipes& of, const contracts::recipe_purchase_requested& event);
bool take(user_recipes& of, const contracts::purchase_status_changed& event);

/// What a recipe is to that user.
availability status_of(const user_recipes& of, std::string_view recipe_id);

} // namespace edm::recipes
