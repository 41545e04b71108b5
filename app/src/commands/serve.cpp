#include "commands.hpp"
#include "control_client.hpp"
#include "process.hpp"
#include "supervisor.hpp"

#include <csignal>

namespace edm::app {

namespace {

/// Waits for one of the signals; false: the time is over, or somebody else's signal came.
bool ended(const sigset_t& by, std::optional<milliseconds> within)
{
    if (!within) {
        int which = 0;
        return ::sigwait(&by, &which) == 0;
    }
    timespec limit{.tv_sec = within->count() / 1000, .tv_nsec = within->count() % 1000 * 1'000'000};
    return ::sigtimedwait(&by, nullptr, &limit) > 0;
}

/// Whether a request is answered: accepted, read, routed and written by the threads that do so for everyone.
bool answers(const control_client& self, milliseconds within)
{
    try {
        return self.send({.target = "/livez", .limit = within}).status == 200;
    } catch (const std::exception&) {
        return false; // whoever waits for a sign of life hears none
    }
}

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
    supervisor above;
    process p;
    p.start();
    above.ready();
    control_client self{data_directory::socket_of(*p.declared().platform.data_dir)};
    while (!ended(ends, above.interval()))
        if (answers(self, *above.interval()))
            above.alive();
    above.stopping();
    p.stop();
}

} // namespace

void add_serve(CLI::App& to, int&)
{
    to.add_subcommand("serve", "Run the services until SIGTERM or SIGINT")
        ->footer("Serves HTTP on EDM_LISTEN, and other commands on <EDM_DATA_DIR>/edm.sock. In development it starts "
                 "with nothing set. Under systemd (Type=notify) it says when it is ready, and that it lives.")
        ->callback(serve);
}

} // namespace edm::app
