#pragma once

#include <string>
#include <vector>

namespace edm::app {

class program;

/// Whether the chosen engines and services go together. Throws usage_error with one line that names the setting. The
/// settings are loaded.
void check_placement(const program& declared);

/// What processes that share the services have to share, and this one would make for itself alone: a sentence each.
std::vector<std::string> placement_warnings(const program& declared);

} // namespace edm::app
