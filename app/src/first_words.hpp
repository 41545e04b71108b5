#pragma once

#include "data_directory.hpp"
#include "program.hpp"

namespace edm::app {

/// What a person who started the program needs to know: on a terminal the addresses and, once, at the first start, the
/// administrator's password; elsewhere, at the first start, the file that holds it. Written to stdout, never to the
/// log.
void tell_first_words(const program& declared, data_directory& directory, std::uint16_t port);

} // namespace edm::app
