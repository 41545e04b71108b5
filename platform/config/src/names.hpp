#pragma once

#include <string_view>
#include <vector>

namespace edm::config {

/// Whether `name` can be the name of an environment variable here: `[A-Za-z_][A-Za-z0-9_]*`.
bool valid_name(std::string_view name) noexcept;

/// The candidate with the smallest edit distance (insert, delete, replace, swap neighbours); the first of equals. Empty
/// without candidates.
std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& candidates);

} // namespace edm::config
