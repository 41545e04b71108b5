#include "commands.hpp"
#include "control_client.hpp"
#include "data_directory.hpp"
#include "program.hpp"

#include <fmt/format.h>

namespace edm::app {

namespace {

int ready(int limit)
{
    program declared;
    declared.look_at_settings(config::process_environment(), ".env");
    control_client running{data_directory::socket_of(*declared.platform.data_dir)};
    if (!running.answered()) {
        fmt::print("no process runs over {}\n", *declared.platform.data_dir);
        return 1;
    }
    auto answer = running.send({.target = "/readyz", .limit = std::chrono::seconds{limit}});
    fmt::print("{}\n", answer.body);
    return answer.status == 200 ? 0 : 1;
}

} // namespace

void add_ready(CLI::App& to, int& code)
{
    auto* command = to.add_subcommand("ready", "Ask the running process whether it can serve");
    command->footer("For health checks of containers and scripts. Prints what /readyz answers. Exit code 0 where it is "
                    "ready or degraded, 1 where it is not, or does not run.");
    auto limit = std::make_shared<int>(3);
    command->add_option("--limit", *limit, "Wait so long for the answer")
        ->type_name("SECONDS")
        ->check(CLI::Range(1, 60));
    command->callback([limit, &code] { code = ready(*limit); });
}

} // namespace edm::app
