#include "proxy_config.hpp"

#include "commands.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

namespace edm::app {

namespace {

struct proxy_options
{
    std::vector<std::string> at;
    std::string listen = "80";
};

void add_place(places& to, const program& declared, const std::string& text)
{
    auto wrong = [&](std::string_view why) {
        throw usage_error(
            fmt::format("--at {}: {}; write SERVICE[,SERVICE...]=HOST:PORT, or all=HOST:PORT", text, why));
    };
    auto middle = text.find('=');
    if (middle == text.npos)
        wrong("has no =");
    std::vector<config::listen_address> servers;
    for (const auto& one : config::split_list(std::string_view{text}.substr(middle + 1))) {
        auto address = config::listen_address::parse(one);
        if (!address || address->port == 0)
            wrong(address ? "has no port" : address.error());
        servers.push_back(std::move(*address));
    }
    auto names = config::split_list(std::string_view{text}.substr(0, middle));
    if (names.empty() || servers.empty())
        wrong("names no service, or no address");
    for (const auto& name : names) {
        bool known = false;
        for (const auto& s : declared.services)
            if (name == "all" || name == s->name()) {
                known = true;
                auto& of = to[std::string{s->name()}];
                of.insert(of.end(), servers.begin(), servers.end());
            }
        if (!known)
            wrong(fmt::format("there is no service {}", name));
    }
}

/// One process with the settings that are in force here.
places of_settings(program& declared)
{
    declared.look_at_settings(config::process_environment(), ".env");
    auto address = declared.platform.listen_on();
    if (address.port == 0)
        throw usage_error("EDM_LISTEN: port 0 is another one at each start; set a port, or give --at");
    if (address.host == "0.0.0.0" || address.host == "::")
        address.host = address.host == "::" ? "::1" : "127.0.0.1";
    places out;
    for (const auto& name : declared.runs_here())
        out[name].push_back(address);
    return out;
}

std::string configuration(const proxy_options& with)
{
    if (!std::ranges::all_of(with.listen, [](char c) { return c > ' ' && c < 0x7f && c != ';' && c != '{'; }))
        throw usage_error("--listen: write a port, or ADDRESS:PORT");
    program declared;
    places at;
    for (const auto& one : with.at)
        add_place(at, declared, one);
    if (with.at.empty())
        at = of_settings(declared);
    std::vector<std::string_view> missing;
    for (const auto& s : declared.services)
        if (!at.contains(s->name()) && s->name() != simulator)
            missing.push_back(s->name());
    if (!missing.empty())
        throw usage_error(fmt::format("nothing says which process runs {}; give --at {}=HOST:PORT",
                                      fmt::join(missing, ", "), fmt::join(missing, ",")));
    return nginx_config(declared, at, with.listen);
}

} // namespace

void add_proxy_config(CLI::App& to, int&)
{
    auto* command = to.add_subcommand("proxy-config", "Print a configuration for nginx that joins several processes");
    command->footer("  edm proxy-config --at recipes=127.0.0.1:8081 \\\n"
                    "      --at authentication,email-confirmation,purchasing,notifications=10.0.0.2:8080\n\n"
                    "all=HOST:PORT stands for every service. One that several processes run is shared among them.\n"
                    "Without --at: one process, by EDM_LISTEN and EDM_SERVICES.\n"
                    "/livez, /readyz, /metrics and the operator's routes are not passed on.");
    auto with = std::make_shared<proxy_options>();
    command->add_option("--at", with->at, "Which services a process runs, and where; may be repeated")
        ->type_name("SERVICE,...=HOST:PORT");
    command->add_option("--listen", with->listen, "The port, or address and port, that nginx listens on (80)")
        ->type_name("[ADDRESS:]PORT");
    command->callback([with] { fmt::print("{}", configuration(*with)); });
}

} // namespace edm::app
