#pragma once

#include "services.hpp"

#include <edm/config/platform_settings.hpp>
#include <edm/service/registry.hpp>

#include <set>
#include <string>

namespace edm::app {

/// Wrong use or configuration: one line that says what is wrong and what to do. Ends the program with code 2.
struct usage_error : std::runtime_error
{
    using std::runtime_error::runtime_error;
};

/// Everything that is declared: settings, services, databases, topics, endpoints. Nothing is opened.
class program
{
  public:
    explicit program(environment env = {});

    /// Reads the environment and `.env`. Throws usage_error with all that is wrong.
    void load_settings(const std::map<std::string, std::string>& variables, const std::filesystem::path& env_file,
                       const config::load_hooks& hooks);

    /// The services that this process runs, by `EDM_SERVICES`. Throws usage_error on an unknown name.
    std::set<std::string, std::less<>> runs_here() const;

    edm::environment environment;
    edm::resources resources; ///< filled by whoever runs the services
    config::settings settings;
    platform_settings platform;
    edm::model model;
    std::vector<std::unique_ptr<service>> services;
};

} // namespace edm::app
