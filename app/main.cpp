#include "commands/commands.hpp"
#include "control_session.hpp"
#include "program.hpp"

#include <fmt/format.h>

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
    fmt::print(stderr, "edm: {}\n", e.what());
    if (at->get_require_subcommand_min() > 0)
        fmt::print(stderr, "\n{}", at->help());
    else
        fmt::print(stderr, "See edm {} --help\n", at->get_name());
    return 2;
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App app{"The event-driven monolith: a marketplace for cooking recipes, one program of isolated services.",
                 "edm"};
    app.footer("Settings come from the environment and from .env: see edm config. Commands speak to the process that\n"
               "runs over EDM_DATA_DIR; where none runs, they open its data themselves.\n\n"
               "Exit codes: 0 done, 1 it failed or found what is wrong, 2 wrong use or configuration.");
    app.set_version_flag("--version", std::string{version()});
    app.require_subcommand(1);
    int code = 0;
    add_commands(app, code);
    try {
        app.parse(argc, argv);
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
