#pragma once

#include <edm/describe/describe.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace edm::contracts {

/// A recipe was published, changed, or withdrawn (`for_sale` false). Key: the recipe id.
struct recipe_published
{
    static constexpr std::string_view topic = "recipe-published";
    std::string recipe_id;
    std::string recipe_name;
    std::int64_t price = 0; ///< in minor units (cents)
    bool for_sale = true;
};
BOOST_DESCRIBE_STRUCT(recipe_published, (), (recipe_id, recipe_name, price, for_sale))

} // namespace edm::contracts
