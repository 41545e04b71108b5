#include "commands.hpp"
#include "control_session.hpp"
#include "routes/operator_rows.hpp"
#include "table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace edm::app {

namespace {

struct audit_options
{
    int wait = 0;
    bool json = false;
};

int audit(const audit_options& with)
{
    control_session program;
    // A process that was started for this command has only begun to deliver what was left.
    constexpr int least_wait = 10;
    auto wait = program.found_running() ? with.wait : std::max(with.wait, least_wait);
    // The answer comes after the wait at the latest; counting itself takes time too.
    auto limit = std::chrono::seconds{wait} + std::chrono::seconds{60};
    auto answer = program.send({.target = fmt::format("/operator/audit?wait={}", wait), .limit = limit});
    if (answer.status != 200)
        throw command_failed(reason_of(answer));
    auto rows = decode<std::vector<audit_row>>(answer.body);
    if (!rows)
        throw command_failed("the running process gave an answer that this version does not know");
    std::uint64_t behind = 0, lost = 0, parked = 0, dead = 0;
    text_table table{{"SUBSCRIPTION", "TOPIC", "KEYS", "BEHIND", "LOST", "PARKED", "DEAD"}};
    for (const auto& r : *rows) {
        behind += r.behind;
        lost += r.lost;
        parked += r.parked;
        dead += r.dead;
        table.add({r.subscription, r.topic, fmt::to_string(r.keys), fmt::to_string(r.behind), fmt::to_string(r.lost),
                   fmt::to_string(r.parked), fmt::to_string(r.dead)});
    }
    if (with.json)
        fmt::print("{}\n", answer.body);
    else
        fmt::print("{}{} subscriptions: {} events behind, {} lost, {} parked, {} of them dead letters\n", table.text(),
                   rows->size(), behind, lost, parked, dead);
    return behind == 0 && lost == 0 ? 0 : 1;
}

} // namespace

void add_audit(CLI::App& to, int& code)
{
    auto* command = to.add_subcommand("audit", "Count for every subscription what it has and what it lacks");
    command->footer("KEYS     that the publisher has\n"
                    "BEHIND   events committed and neither applied nor parked yet\n"
                    "LOST     events neither applied, nor parked, nor anywhere on their way\n"
                    "PARKED   events that wait for another try, or for an earlier one of their key\n"
                    "DEAD     of these, dead letters: see edm deadletters\n\n"
                    "Where no process runs, one is started for this command; it gets 10 s to deliver what was left.\n"
                    "Exit code 1 when something is behind or lost.");
    auto with = std::make_shared<audit_options>();
    command->add_option("--wait", with->wait, "Wait until nothing is behind, at most so long")
        ->type_name("SECONDS")
        ->check(CLI::Range(0, 300));
    command->add_flag("--json", with->json, "As JSON");
    command->callback([with, &code] { code = audit(*with); });
}

} // namespace edm::app
