#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace edm::recipes {

/// Text as it is compared in searches: compatibility-decomposed, case-folded, without accents. Malformed UTF-8 is
/// empty.
std::string fold(std::string_view text);

/// The readable part of an id: the name in NFKD, what is ASCII of it in lower case, words joined by `-`; at most 100
/// characters. Empty where nothing of the name is ASCII.
std::string slug(std::string_view name);

/// The ids of recipes that are loaded together. `holder` tells the name under which an id is stored.
///
/// It is the slug of the name; where that is empty, or stored or given before under another name,
/// `slug-<8 hex of SHA-256(name)>` (more digits where even that is taken). A recipe that is stored under the latter
/// keeps it. So the same names get the same ids, and whoever came first keeps the plain slug.
std::vector<std::string> assign_ids(std::span<const std::string> names,
                                    const std::function<std::optional<std::string>(std::string_view id)>& holder);

} // namespace edm::recipes
