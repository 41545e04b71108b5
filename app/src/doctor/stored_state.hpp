#pragma once

#include "program.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace edm::app {

/// What an operator should know of the stores.
struct stored_state
{
    std::size_t stores = 0;
    std::vector<std::string> undeclared; ///< subscriptions
    std::size_t dead_letters = 0;
    std::size_t exhausted = 0; ///< due work whose attempts are used up
};

/// Reads it from the files, where no process runs: nothing is delivered and no effect is begun. The caller holds the
/// directory's lock. Throws std::runtime_error with one line where a store cannot be read.
stored_state read_stored_state(const program& declared, const std::filesystem::path& data);

} // namespace edm::app
