#include "process.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <csignal>

namespace {

using namespace edm::app;

int serve()
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
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App app{
        "The event-driven monolith: a marketplace for cooking recipes. Settings come from the environment and .env.",
        "edm"};
    app.set_version_flag("--version", EDM_VERSION);
    app.require_subcommand(1);
    int code = 0;
    app.add_subcommand("serve", "Run the services until SIGTERM or SIGINT")->callback([&] { code = serve(); });
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e);
    } catch (const usage_error& e) {
        fmt::print(stderr, "edm: {}\n", e.what());
        return 2;
    } catch (const std::exception& e) {
        fmt::print(stderr, "edm: {}\n", e.what());
        return 1;
    }
    return code;
}
