#include "interrupt.hpp"

#include <csignal>
#include <initializer_list>

namespace edm::measure {

namespace {

volatile std::sig_atomic_t noted = 0;

} // namespace

void note_interrupts()
{
    for (int signal : {SIGINT, SIGTERM})
        std::signal(signal, [](int) { noted = 1; });
}

void look_for_interrupt()
{
    if (noted)
        throw interrupted{};
}

} // namespace edm::measure
