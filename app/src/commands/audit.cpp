#include "commands.hpp"
#include "control_session.hpp"
#include "joined_audit.hpp"
#include "routes/operator_rows.hpp"
#include "table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>

namespace edm::app {

namespace {

struct audit_options
{
    std::vector<std::string> at;
    int wait = 0;
    bool json = false;
};

/// A row as it is printed.
struct printed_row
{
    std::string subscription, topic;
    std::uint64_t keys = 0, behind = 0, lost = 0, parked = 0, dead = 0;
    std::optional<std::vector<std::string>> not_seen; ///< services
};
BOOST_DESCRIBE_STRUCT(printed_row, (), (subscription, topic, keys, behind, lost, parked, dead, not_seen))

/// One process: the one that runs over the data directory, or that is started here.
std::vector<printed_row> audited(const audit_options& with)
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
    auto rows = decode<std::vector<printed_row>>(answer.body);
    if (!rows)
        throw command_failed("the running process gave an answer that this version does not know");
    return std::move(*rows);
}

std::vector<printed_row> audited_at_places(const audit_options& with)
{
    program declared;
    config::setting<std::string> user{{.name = "APP_ADM_USER",
                                       .documentation = "The administrator's e-mail address.",
                                       .optional = true,
                                       .shared = true}};
    config::setting<std::string> password{{.name = "APP_ADM_PASSWORD",
                                           .documentation = "The administrator's password.",
                                           .optional = true,
                                           .secret = true,
                                           .shared = true}};
    declared.settings.add(user, "platform").add(password, "platform");
    declared.look_at_settings(config::process_environment(), ".env");
    std::vector<printed_row> out;
    auto rows = joined_audit(declared, with.at, std::chrono::seconds{with.wait}, user.is_set() ? *user : "",
                             password.is_set() ? *password : "");
    for (auto& [row, not_seen] : rows) {
        out.push_back({row.subscription, row.topic, row.keys, row.behind, row.lost, row.parked, row.dead, {}});
        if (!not_seen.empty())
            out.back().not_seen = std::move(not_seen);
    }
    return out;
}

/// What a process that runs some of the services alone cannot count.
void tell_ends_elsewhere(const std::vector<printed_row>& rows)
{
    program declared;
    auto unseen = std::ranges::count_if(declared.model.subscriptions, [&](const subscription_declaration& to) {
        return !declared.model.topic(to.topic)->external &&
               std::ranges::find(rows, to.name, &printed_row::subscription) == rows.end();
    });
    if (unseen != 0)
        fmt::print("{} subscriptions have an end in another process: name all processes with --at\n", unseen);
}

void print(const std::vector<printed_row>& rows)
{
    std::uint64_t behind = 0, lost = 0, parked = 0, dead = 0, not_seen = 0;
    text_table table{{"SUBSCRIPTION", "TOPIC", "KEYS", "BEHIND", "LOST", "PARKED", "DEAD"}};
    for (const auto& r : rows) {
        behind += r.behind;
        lost += r.lost;
        parked += r.parked;
        dead += r.dead;
        not_seen += r.not_seen ? 1 : 0;
        if (r.not_seen)
            table.add({r.subscription, r.topic, "-", "-", "-", "-", "-"});
        else
            table.add({r.subscription, r.topic, fmt::to_string(r.keys), fmt::to_string(r.behind),
                       fmt::to_string(r.lost), fmt::to_string(r.parked), fmt::to_string(r.dead)});
    }
    fmt::print("{}", table.text());
    for (const auto& r : rows)
        if (r.not_seen)
            fmt::print("{} is not seen: {} runs at none of these places\n", r.subscription,
                       fmt::join(*r.not_seen, ", "));
    fmt::print("{} subscriptions: {} events behind, {} lost, {} parked, {} of them dead letters{}\n", rows.size(),
               behind, lost, parked, dead, not_seen ? fmt::format("; {} subscriptions not seen", not_seen) : "");
}

int audit(const audit_options& with)
{
    auto rows = with.at.empty() ? audited(with) : audited_at_places(with);
    if (with.json)
        fmt::print("{}\n", encode(rows));
    else
        print(rows);
    if (!with.json && with.at.empty())
        tell_ends_elsewhere(rows);
    bool whole =
        std::ranges::all_of(rows, [](const printed_row& r) { return r.behind == 0 && r.lost == 0 && !r.not_seen; });
    return whole ? 0 : 1;
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
                    "Where services are spread over processes, --at names each of them: by its data directory, or by\n"
                    "its URL, which is asked as APP_ADM_USER with APP_ADM_PASSWORD. Both ends of a subscription are\n"
                    "joined then; one whose publisher or subscriber is at none of the places is listed as not seen.\n"
                    "What seems lost there is looked at again for 7 s.\n"
                    "Exit code 1 when something is behind, lost or not seen.");
    auto with = std::make_shared<audit_options>();
    command->add_option("--at", with->at, "A process, by its data directory or its URL; may be repeated")
        ->type_name("PLACE");
    command->add_option("--wait", with->wait, "Wait until nothing is behind, at most so long")
        ->type_name("SECONDS")
        ->check(CLI::Range(0, 300));
    command->add_flag("--json", with->json, "As JSON");
    command->callback([with, &code] { code = audit(*with); });
}

} // namespace edm::app
