#pragma once

#include <cstddef>
#include <string>

namespace edm::measure {

/// A catalogue of so many recipes, as `POST /load-recipes` takes it.
std::string catalogue(std::size_t count);
/// The whole request that loads such a file as the administrator whose token this is.
std::string upload_request(const std::string& file, const std::string& token);

} // namespace edm::measure
