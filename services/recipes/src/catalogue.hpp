#pragma once

#include "api.hpp"
#include "documents.hpp"

#include <edm/contracts/recipes.hpp>

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace edm::recipes {

/// A row of a catalogue file, its columns in this order; the limits are those of the types.
struct catalogue_row
{
    text<1, 100> name;
    text<0, 2048> description;
    text<0, 20> category;
    difficulty easiness = difficulty::easy;
    money price;
    list<text<1, 40>, 0, 20> tags;
    list<text<1, 300>, 1, 80> ingredients;
    text<1, 8192> directions;
};
BOOST_DESCRIBE_STRUCT(catalogue_row, (), (name, description, category, easiness, price, tags, ingredients, directions))

struct catalogue_errors
{
    bool form = false;             ///< the file is no catalogue, else single values do not fit
    std::vector<row_error> errors; ///< the first thousand
    std::int64_t total = 0;
};

/// Reads a catalogue: UTF-8, no header, tab separated with CSV quoting, lists joined by `|`, which in description and
/// directions is a line break. Every error of every row is found.
std::expected<std::vector<catalogue_row>, catalogue_errors> read_catalogue(std::string_view file);

/// The recipe that a row stands for. `before` is what is stored: a withdrawn recipe stays withdrawn.
recipe to_recipe(const catalogue_row& row, std::string id, const recipe* before, time_point now);
/// Whether the row says nothing new.
bool same_content(const catalogue_row& row, const recipe& stored);

/// The present event of a recipe.
contracts::recipe_published published(const recipe& one);

} // namespace edm::recipes
