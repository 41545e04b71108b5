#pragma once

#include <exception>

namespace edm::measure {

/// Somebody wants it to end: what was started is stopped and what was made is removed on the way out.
struct interrupted : std::exception
{
    const char* what() const noexcept override { return "interrupted"; }
};

/// SIGINT and SIGTERM are noted from here on, and end this process no longer.
void note_interrupts();
/// Throws `interrupted` where one was noted. Every loop that waits calls it.
void look_for_interrupt();

} // namespace edm::measure
