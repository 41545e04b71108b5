#include "commands.hpp"
#include "doctor/findings.hpp"
#include "placement.hpp"
#include "program.hpp"
#include "table.hpp"

#include <fmt/format.h>

namespace edm::app {

namespace {

/// The settings, each error a finding; false: nothing that depends on them can be checked.
bool check_settings(findings& to, program& declared)
{
    try {
        declared.look_at_settings(config::process_environment(), ".env");
    } catch (const usage_error& e) {
        std::string_view rest = e.what();
        while (!rest.empty()) {
            auto end = std::min(rest.find('\n'), rest.size());
            to.fail("settings", std::string{rest.substr(0, end)});
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
        return false;
    }
    std::size_t given = 0;
    for (const auto& one : declared.settings.effective_values())
        given += one.is_set && one.origin != "default" && one.origin != "generated" ? 1 : 0;
    to.ok("settings", fmt::format("{} given, the others have their defaults; see edm config", given));
    for (auto& sentence : declared.platform.warnings())
        to.warn("settings", std::move(sentence));
    for (auto& sentence : placement_warnings(declared))
        to.warn("settings", std::move(sentence));
    return true;
}

int examine()
{
    findings all;
    program declared;
    bool known = check_settings(all, declared);
    check_machine(all, declared);
    if (known) {
        check_files(all, declared);
        check_broker(all, declared);
        check_database(all, declared);
        check_state(all, declared);
    }
    constexpr const char* words[] = {"ok", "warn", "FAIL"};
    for (const auto& one : all.all())
        fmt::print("{:<4}  {:<14}  {}\n", words[static_cast<int>(one.level)], one.subject, for_terminal(one.sentence));
    return all.worst() == verdict::fail ? 1 : 0;
}

} // namespace

void add_doctor(CLI::App& to, int& code)
{
    to.add_subcommand("doctor", "Check this machine, the settings and the data, and say what to do")
        ->footer("One line for each check: ok, warn or FAIL. Exit code 1 when one fails.\n"
                 "Where a process runs it is asked; otherwise the files are read, and nothing is delivered.")
        ->callback([&code] { code = examine(); });
}

} // namespace edm::app
