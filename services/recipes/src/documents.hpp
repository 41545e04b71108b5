#pragma once

#include <edm/describe/describe.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace edm::recipes {

enum class difficulty
{
    easy,
    medium,
    hard,
};
BOOST_DESCRIBE_ENUM(difficulty, easy, medium, hard)

/// A recipe. Its id is the recipe id, made of the name when it was loaded first.
struct recipe
{
    std::string id;
    std::string name;
    std::string description;
    std::string category;
    difficulty easiness = difficulty::easy;
    minor_units price;
    std::vector<std::string> tags;
    std::vector<std::string> ingredients;
    std::string directions;
    bool for_sale = true; ///< false: withdrawn, only its owners see it
    time_point modif_datetime;
};
BOOST_DESCRIBE_STRUCT(recipe, (),
                      (id, name, description, category, easiness, price, tags, ingredients, directions, for_sale,
                       modif_datetime))

/// What one user did to buy one recipe: the highest attempts of which a request and a status were taken, so that what
/// is late or repeated is recognised whatever came meanwhile.
struct progress
{
    std::int64_t requested = 0;
    std::int64_t answered = 0;
    bool purchased = false;
};
BOOST_DESCRIBE_STRUCT(progress, (), (requested, answered, purchased))

/// What one user bought or is buying, by recipe id. Its id is the user id.
struct user_recipes
{
    std::map<std::string, progress, std::less<>> recipes;
};
BOOST_DESCRIBE_STRUCT(user_recipes, (), (recipes))

} // namespace edm::recipes
