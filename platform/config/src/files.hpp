#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>

namespace edm::config {

/// The contents of a file, nothing where it does not exist, or why it cannot be read (a clause, such as "is a
/// directory").
std::expected<std::optional<std::string>, std::string> read_small_file(const std::filesystem::path& path,
                                                                       std::size_t limit);

} // namespace edm::config
