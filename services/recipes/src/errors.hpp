#pragma once

#include <edm/core/result.hpp>

namespace edm::recipes::errc {

inline constexpr error_kind invalid_format{
    400, "invalid_csv_format", "The file is not a catalogue: UTF-8, eight columns separated by tabs, no header."};
inline constexpr error_kind invalid_content{
    400, "invalid_csv_content", "Some values do not fit; nothing was stored. See the errors by row and column."};
inline constexpr error_kind cannot_load{400, "api_error_loading_recipes", "There is nothing that can be loaded."};
inline constexpr error_kind interrupted{500, "api_error_loading_recipes", "Not all recipes were stored; load again."};
/// Of one recipe of several, never answered by itself.
inline constexpr error_kind id_taken{409, "recipe_id_taken", "Another recipe took this id meanwhile."};
inline constexpr error_kind recipe_not_found{404, "api_recipe_not_found", "There is no such recipe."};
inline constexpr error_kind unknown_place{400, "api_unknown_place", "`after` names no recipe."};

} // namespace edm::recipes::errc
