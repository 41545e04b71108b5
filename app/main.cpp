#include "commands/commands.hpp"
#include "control_session.hpp"
#include "program.hpp"
#include "table.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace {

using namespace edm::app;

/// Help and version end well; a line that cannot be understood ends with code 2 and says what would be.
int say(const CLI::App& app, const CLI::ParseError& e)
{
    if (e.get_exit_code() == 0)
        return app.exit(e);
    const auto* at = &app;
    while (!at->get_subcommands().empty())
        at = at->get_subcommands().front();
    auto rest = app.remaining(true);
    if (at->get_require_subcommand_min() > 0 && !rest.empty())
        fmt::print(stderr, "edm: there is no command {}\n\n{}", for_terminal(rest.front()), app.help());
    else if (at->get_require_subcommand_min() > 0)
        fmt::print(stderr, "edm: a command is missing\n\n{}", app.help());
    else
        fmt::print(stderr, "edm: {}\n\n{}", for_terminal(e.what()), app.help());
    return 2;
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App app{"The event-driven monolith: a marketplace for cooking recipes, one program of isolated services.",
                 "edm"};
    app.set_version_flag("--version", std::string{version()});
    app.require_subcommand(1);
    int code = 0;
    add_commands(app, code);
    // After the commands, which would take it over.
    app.footer("Settings come from the environment and from .env: see edm config. Commands speak to the process that\n"
               "runs over EDM_DATA_DIR; where none runs, they open its data themselves.\n\n"
               "Exit codes: 0 done, 1 it failed or found what is wrong, 2 wrong use or configuration.");
    try {
        app.parse(argc, argv);
        if (std::fflush(stdout) != 0)
            throw std::system_error(errno, std::generic_category(), "the output cannot be written");
    } catch (const CLI::ParseError& e) {
        return say(app, e);
    } catch (const usage_error& e) {
        fmt::print(stderr, "edm: {}\n", e.what());
        return 2;
    } catch (const std::exception& e) {
        fmt::print(stderr, "edm: {}\n", e.what());
        return 1;
    }
    return code;
}
