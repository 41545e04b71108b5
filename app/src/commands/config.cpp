#include "commands.hpp"
#include "program.hpp"

#include <fmt/format.h>

#include <memory>

namespace edm::app {

namespace {

enum class form
{
    table,
    json,
    markdown,
    env_template
};

void print_config(form as)
{
    program declared;
    if (as == form::markdown) {
        fmt::print("{}", declared.settings.settings_markdown());
    } else if (as == form::env_template) {
        fmt::print("{}", declared.settings.env_template());
    } else {
        declared.look_at_settings(config::process_environment(), ".env");
        fmt::print("{}", as == form::json ? declared.settings.print_json() : declared.settings.print_table());
    }
}

} // namespace

void add_config(CLI::App& to, int&)
{
    auto* command = to.add_subcommand("config", "Print the settings in force and where each comes from");
    command->footer("Secrets are masked. Nothing is opened or generated. Fails where a setting is wrong.");
    auto as = std::make_shared<form>(form::table);
    auto* forms = command->add_option_group("form");
    forms->add_flag_callback("--json", [as] { *as = form::json; }, "As JSON");
    forms->add_flag_callback(
        "--markdown", [as] { *as = form::markdown; }, "Every setting with its default, as Markdown");
    forms->add_flag_callback(
        "--template", [as] { *as = form::env_template; }, "A .env file with every setting, commented out");
    forms->require_option(0, 1);
    command->callback([as] { print_config(*as); });
}

} // namespace edm::app
