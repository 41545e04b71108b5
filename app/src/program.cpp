#include "program.hpp"

#include "data_directory.hpp"
#include "placement.hpp"

#include <edm/config/secret_kind.hpp>
#include <edm/security/secrets.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace edm::app {

program::program(edm::environment env) : environment(env)
{
    resources.environment = env;
    platform.add_to(settings);
    services = make_services(resources);
    for (auto& s : services) {
        registry r(model, settings, std::string{s->name()});
        s->declare(r);
        r.finish();
    }
}

void program::load_settings(const std::map<std::string, std::string>& variables, const std::filesystem::path& env_file,
                            config::load_hooks hooks)
{
    hooks.weak = security::weak_secret;
    hooks.runs_here = [this](std::string_view owner) { return owner == "platform" || runs_here().contains(owner); };
    auto loaded = settings.load(variables, env_file, hooks);
    if (!loaded)
        throw usage_error(fmt::format("{}", fmt::join(loaded.error(), "\n")));
    check_placement(*this);
    resources.public_url = platform.public_base_url();
    resources.development = !platform.is_production();
}

void program::look_at_settings(const std::map<std::string, std::string>& variables,
                               const std::filesystem::path& env_file)
{
    config::load_hooks hooks;
    hooks.provide_secret = [this](std::string_view, config::secret_kind kind) {
        return config::generate_secret(kind, *environment.random);
    };
    hooks.shown_secret = [this](std::string_view name) -> std::string {
        std::error_code ignored;
        bool kept = std::filesystem::exists(data_directory::secret_file(*platform.data_dir, name), ignored);
        return kept ? "********" : "(generated at first start)";
    };
    load_settings(variables, env_file, std::move(hooks));
}

std::set<std::string, std::less<>> program::runs_here() const
{
    std::set<std::string, std::less<>> known, chosen;
    for (const auto& s : services)
        known.emplace(s->name());
    auto names = platform.services_to_run();
    if (names.empty()) {
        chosen = known;
        if (platform.is_production())
            chosen.erase(std::string{simulator});
        return chosen;
    }
    for (auto& name : names) {
        if (!known.contains(name))
            throw usage_error(fmt::format("EDM_SERVICES: there is no service \"{}\"; the services are {}", name,
                                          fmt::join(known, ", ")));
        chosen.insert(std::move(name));
    }
    return chosen;
}

std::vector<database_schema> program::databases_of(std::string_view service) const
{
    bool shared = *platform.store == "couchdb";
    std::vector<database_schema> out;
    for (const auto& d : model.databases) {
        if (d.service != service)
            continue;
        bool only_here = std::ranges::count(model.databases, d.name, &database_declaration::name) == 1;
        out.push_back({!shared || only_here ? d.name : d.service + "-" + d.name, d.indexes});
    }
    return out;
}

reference::about program::about(std::string server_url) const
{
    return {.title = "Event-Driven Monolith",
            .version = std::string{version()},
            .description = "A marketplace for cooking recipes: one program, its services as isolated as microservices.",
            .server_url = std::move(server_url)};
}

std::vector<reference::service_text> program::service_texts() const
{
    std::vector<reference::service_text> out;
    for (const auto& s : services)
        out.push_back({std::string{s->name()}, std::string{s->description()}});
    return out;
}

std::string_view version()
{
    return EDM_VERSION;
}

} // namespace edm::app
