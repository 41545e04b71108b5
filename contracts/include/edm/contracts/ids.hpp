#pragma once

#include <edm/core/environment.hpp>

#include <string>
#include <string_view>

namespace edm::contracts {

/// The namespace of the ids that services derive from others (RFC 9562, UUIDv5). Frozen: another one would be another
/// purchase of the same recipe.
inline constexpr std::string_view id_namespace = "5b1c2f0e-7d43-4c6e-9a55-3f0f6c1d8e27";

/// The one purchase of a recipe by a user: UUIDv5 of user id, line feed, recipe id. No e-mail address holds a line
/// feed.
inline std::string purchase_id(std::string_view user_id, std::string_view recipe_id)
{
    std::string name;
    name.reserve(user_id.size() + 1 + recipe_id.size());
    name.append(user_id).append(1, '\n').append(recipe_id);
    return uuid_v5(id_namespace, name);
}

} // namespace edm::contracts
