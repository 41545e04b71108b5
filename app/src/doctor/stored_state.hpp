#pragma once

#include "program.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
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

/// Adds what an open store says. Throws std::runtime_error with one line where it cannot be read.
task<> read_stored_state(const program& declared, store& of, std::string service, stored_state& into);
/// Reads it from the files, where no process runs: nothing is delivered and no effect is begun. The caller holds the
/// directory's lock. Throws as above.
stored_state read_stored_state(const program& declared, const std::filesystem::path& data);

} // namespace edm::app
