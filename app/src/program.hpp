#pragma once

#include "services.hpp"

#include <edm/config/platform_settings.hpp>
#include <edm/reference/reference.hpp>
#include <edm/service/registry.hpp>

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace edm::app {

/// Wrong use or configuration: what is wrong and what to do, one line each. Ends the program with code 2.
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
                       config::load_hooks hooks);
    /// The same for those who only look: secrets that a start generates are neither made nor read.
    void look_at_settings(const std::map<std::string, std::string>& variables, const std::filesystem::path& env_file);

    /// The services that this process runs, by `EDM_SERVICES`. Throws usage_error on an unknown name.
    std::set<std::string, std::less<>> runs_here() const;

    /// What the store of a service is opened with. On a server that all services share, a database whose name several
    /// of them have carries its service's name too. The settings are loaded.
    std::vector<database_schema> databases_of(std::string_view service) const;

    /// The program as its documents name it.
    reference::about about(std::string server_url) const;
    /// One sentence on each service, for its documents.
    std::vector<reference::service_text> service_texts() const;

    edm::environment environment;
    edm::resources resources; ///< filled by whoever runs the services
    config::settings settings;
    platform_settings platform;
    edm::model model;
    std::vector<std::unique_ptr<service>> services;
};

/// The version of this build.
std::string_view version();

} // namespace edm::app
