#include "commands.hpp"
#include "process.hpp"

#include <csignal>

namespace edm::app {

namespace {

void serve()
{
    // Blocked before any thread starts, so that the wait below is the only one who takes them.
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    process p;
    p.start();
    int which = 0;
    sigwait(&ends, &which);
    p.stop();
}

} // namespace

void add_serve(CLI::App& to, int&)
{
    to.add_subcommand("serve", "Run the services until SIGTERM or SIGINT")
        ->footer("Serves HTTP on EDM_LISTEN, and other commands on <EDM_DATA_DIR>/edm.sock. In development it starts "
                 "with nothing set.")
        ->callback(serve);
}

} // namespace edm::app
