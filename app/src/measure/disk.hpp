#pragma once

#include <filesystem>
#include <vector>

namespace edm::measure {

/// Milliseconds that `fdatasync` takes after appending 4 KiB to a file of this directory, each of `count` times.
std::vector<double> sync_times(const std::filesystem::path& where, std::size_t count);

} // namespace edm::measure
