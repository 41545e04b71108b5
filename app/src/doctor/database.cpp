#include "control_client.hpp"
#include "data_directory.hpp"
#include "findings.hpp"
#include "program.hpp"
#include "stored_state.hpp"
#include "waiting.hpp"

#include <edm/store_couchdb/store_couchdb.hpp>
#include <edm/web/contexts.hpp>

#include <fmt/format.h>

namespace edm::app {

namespace {

/// As somebody who only looks: without an administrator nothing is made. Whoever may make the databases is asked for,
/// for the application's user is only made with them.
std::unique_ptr<store_engine> looking_engine(const platform_settings& with, web::contexts& on, const environment& env)
{
    store_couchdb::credentials administrator{*with.couchdb_user, *with.couchdb_password};
    store_couchdb::credentials application{*with.couchdb_app_user, *with.couchdb_app_password};
    return store_couchdb::make_engine({.contexts = &on,
                                       .url = *with.couchdb_url,
                                       .application = administrator.user.empty() ? application : administrator,
                                       .prefix = *with.couchdb_prefix,
                                       .authorities = *with.couchdb_authorities,
                                       .environment = env});
}

} // namespace

void check_database(findings& to, const program& declared)
{
    constexpr std::string_view subject = "CouchDB";
    const auto& with = declared.platform;
    if (*with.store != "couchdb")
        return;
    if (with.couchdb_user->empty() && with.couchdb_app_user->empty()) {
        to.fail(subject, "neither COUCHDB_USER nor COUCHDB_APP_USER is set; set them, with their passwords");
        return;
    }
    web::contexts contexts{1};
    contexts.start();
    stored_state state;
    std::size_t missing = 0;
    try {
        auto engine = looking_engine(with, contexts, declared.environment);
        for (const auto& name : declared.runs_here()) {
            try {
                auto opened = engine->open(name, declared.databases_of(name));
                run_on(contexts.at(0), read_stored_state(declared, *opened, name, state));
                opened->close();
            } catch (const store_couchdb::missing_database&) {
                if (with.couchdb_user->empty())
                    throw; // nobody will make it
                ++missing;
            }
        }
        to.ok(subject, fmt::format("{} lets us in; {} stores can be opened{}", *with.couchdb_url, state.stores,
                                   missing ? fmt::format(", {} are made at the first start", missing) : ""));
        if (!control_client{data_directory::socket_of(*with.data_dir)}.answered())
            tell_stored_state(to, state); // a process that runs is asked
    } catch (const std::exception& e) {
        std::string said = e.what();
        constexpr std::string_view application = "COUCHDB_APP_";
        if (!with.couchdb_user->empty()) // in whose place the administrator looked
            for (auto at = said.find(application); at != said.npos; at = said.find(application))
                said.replace(at, application.size(), "COUCHDB_");
        to.fail(subject, std::move(said));
    }
    contexts.stop();
    contexts.join();
}

} // namespace edm::app
