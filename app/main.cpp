#include "commands/commands.hpp"
#include "program.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace {

using namespace edm::app;

/// The subcommands whose only choice is an output form.
struct choices
{
    bool json = false, mermaid = false, wait = false;
    std::string file, subscription, key;
    std::vector<std::string> at;
};

CLI::App* command(CLI::App& under, const char* name, const char* help, int& code, std::function<int()> run)
{
    auto* sub = under.add_subcommand(name, help);
    sub->callback([&code, run] { code = run(); });
    return sub;
}

void add_dead_letters(CLI::App& app, choices& c, int& code)
{
    auto* group = app.add_subcommand("deadletters", "Events whose attempts are used up: look at them, retry or discard them");
    group->require_subcommand(1);
    auto* list = command(*group, "list", "List dead letters and exhausted work", code, [&] { return list_dead_letters(c.json); });
    list->add_flag("--json", c.json, "Print JSON");
    for (auto [name, help, run] : {std::tuple{"show", "Show the dead letter of a key, with its event", show_dead_letter},
                                   std::tuple{"retry", "Try the key's next parked event again now", retry_dead_letter},
                                   std::tuple{"discard", "Give the key's next parked event up; later ones go on", discard_dead_letter}}) {
        auto* sub = command(*group, name, help, code, [&c, run = run] { return run(c.subscription, c.key); });
        sub->add_option("subscription", c.subscription, "Such as recipes.track-requests")->required();
        sub->add_option("key", c.key, "The event's key")->required();
    }
}

void add_subscriptions(CLI::App& app, choices& c, int& code)
{
    auto* group = app.add_subcommand("subscriptions", "Subscriptions: list, start again complete, drop one that is no longer declared");
    group->require_subcommand(1);
    auto* list = command(*group, "list", "List subscriptions and how far they are", code, [&] { return list_subscriptions(c.json); });
    list->add_flag("--json", c.json, "Print JSON");
    for (auto [name, help, run] : {std::tuple{"rebuild", "Send the subscription a baseline of every key again", rebuild_subscription},
                                   std::tuple{"drop", "Forget a stored subscription that no service declares any more", drop_subscription}}) {
        auto* sub = command(*group, name, help, code, [&c, run = run] { return run(c.subscription); });
        sub->add_option("subscription", c.subscription, "Its name")->required();
    }
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App app{"The event-driven monolith: a marketplace for cooking recipes. Settings come from the environment and .env; see `edm config`.", "edm"};
    app.set_version_flag("--version", EDM_VERSION);
    app.require_subcommand(1);
    choices c;
    int code = 0;

    command(app, "serve", "Run the services until SIGTERM or SIGINT", code, serve);
    auto* recipes = app.add_subcommand("recipes", "The catalogue");
    recipes->require_subcommand(1);
    auto* import = command(*recipes, "import", "Load a catalogue file (tab separated, see docs) into the shop", code, [&] { return import_recipes(c.file); });
    import->add_option("file", c.file, "The file")->required();
    auto* config = command(app, "config", "Print the settings in force and where each comes from", code, [&] { return print_config(c.json); });
    config->add_flag("--json", c.json, "Print JSON");
    auto* describe = command(app, "describe", "Print services, endpoints, topics, subscriptions and databases", code, [&] { return print_description(c.json, c.mermaid); });
    describe->add_flag("--json", c.json, "Print JSON");
    describe->add_flag("--mermaid", c.mermaid, "Print a Mermaid diagram of the events");
    command(app, "openapi", "Print the OpenAPI 3.1 document", code, print_openapi);
    command(app, "asyncapi", "Print the AsyncAPI 3.0 document", code, print_asyncapi);
    auto* docs = command(app, "docs", "Write the generated references into a folder", code, [&] { return write_docs(c.file); });
    docs->add_option("folder", c.file, "The folder")->required();
    add_dead_letters(app, c, code);
    add_subscriptions(app, c, code);
    auto* audit = command(app, "audit", "Show, per subscription, that nothing is lost: counter = mark + parked for every key", code, [&] { return print_audit(c.json, c.wait); });
    audit->add_flag("--json", c.json, "Print JSON");
    audit->add_flag("--wait", c.wait, "Wait first until nothing is on its way");
    command(app, "doctor", "Check the machine and the configuration, and say what to do", code, doctor);

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
