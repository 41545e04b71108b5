#include "program.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

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
                            const config::load_hooks& hooks)
{
    auto loaded = settings.load(variables, env_file, hooks);
    if (!loaded)
        throw usage_error(fmt::format("{}", fmt::join(loaded.error(), "\n")));
    if (*platform.store != "sqlite" || *platform.bus != "embedded")
        throw usage_error(
            fmt::format("EDM_STORE={} with EDM_BUS={} is not available in this build; use sqlite with embedded",
                        *platform.store, *platform.bus));
    resources.public_url = platform.public_base_url();
    resources.development = !platform.is_production();
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

} // namespace edm::app
