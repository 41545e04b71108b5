#include "commands.hpp"
#include "control_session.hpp"
#include "routes/operator_rows.hpp"
#include "table.hpp"

#include <fmt/format.h>

#include <memory>

namespace edm::app {

namespace {

void list(bool json)
{
    control_session program;
    auto answer = program.send({.target = "/operator/subscriptions"});
    if (answer.status != 200)
        throw command_failed(reason_of(answer));
    if (json) {
        fmt::print("{}\n", answer.body);
        return;
    }
    auto rows = decode<std::vector<subscription_row>>(answer.body);
    if (!rows)
        throw command_failed("the running process gave an answer that this version does not know");
    text_table table{{"SUBSCRIPTION", "TOPIC", "DATABASE", "STATE", "BEHIND", "PARKED", "DEAD"}};
    for (const auto& r : *rows)
        table.add({r.name, r.topic, r.database,
                   !r.declared    ? "not declared"
                   : !r.runs_here ? "not here"
                                  : "runs",
                   fmt::to_string(r.behind), fmt::to_string(r.parked), fmt::to_string(r.dead)});
    fmt::print("{}", table.text());
}

void change(const char* target, const std::string& name, const char* done)
{
    control_session program;
    constexpr std::chrono::minutes longest{6}; // the process itself waits for 5
    program.post(target, {{"subscription", name}}, longest);
    fmt::print("{} {}\n", name, done);
}

} // namespace

void add_subscriptions(CLI::App& to, int&)
{
    auto* all = to.add_subcommand("subscriptions", "List, rebuild or drop subscriptions");
    all->require_subcommand(1);
    auto name = std::make_shared<std::string>();
    auto json = std::make_shared<bool>(false);

    auto* lists = all->add_subcommand("list", "Print every subscription, those too that only a store still knows");
    lists->add_flag("--json", *json, "As JSON");
    lists->callback([json] { list(*json); });

    auto* rebuilds = all->add_subcommand("rebuild", "Send the present state of every key to a subscription again");
    rebuilds->footer("For a projection that is wrong or incomplete. It goes on handling live events meanwhile.");
    rebuilds->add_option("NAME", *name, "The subscription, such as notifications.recipe-names")->required();
    rebuilds->callback([name] { change("/operator/subscriptions/rebuild", *name, "is rebuilt"); });

    auto* drops = all->add_subcommand("drop", "Remove what is stored of a subscription that is no longer declared");
    drops->footer("A subscription that is declared is not dropped.");
    drops->add_option("NAME", *name, "The subscription")->required();
    drops->callback([name] { change("/operator/subscriptions/drop", *name, "is dropped"); });
}

} // namespace edm::app
