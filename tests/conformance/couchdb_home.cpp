#include "couchdb_home.hpp"

#include <edm/core/text.hpp>
#include <edm/web/client.hpp>

#include <chrono>
#include <thread>

namespace edm::conformance {

namespace {

std::string variable(const char* name)
{
    const char* value = std::getenv(name);
    return value ? value : "";
}

} // namespace

couchdb_home::couchdb_home()
{
    contexts_.start();
    options_ = {.contexts = &contexts_,
                .url = variable("EDM_COUCHDB_URL"),
                .administrator = {variable("COUCHDB_USER"), variable("COUCHDB_PASSWORD")},
                .application = {variable("COUCHDB_APP_USER"), variable("COUCHDB_APP_PASSWORD")},
                .prefix = variable("EDM_COUCHDB_PREFIX") + random_source::system().hex(5) + "-"};
}

couchdb_process couchdb_home::open(std::vector<database_schema> databases)
{
    couchdb_process p{engine(), nullptr};
    p.store = p.engine->open("shop", std::move(databases));
    return p;
}

void couchdb_home::administer(const std::string& method, const std::string& name, std::string body)
{
    const auto& admin = options_.administrator;
    web::client client(contexts_);
    auto got = wait(client.send({.method = method,
                                 .url = options_.url + "/" + options_.prefix + name,
                                 .headers = {{"Authorization", "Basic " + base64(admin.user + ":" + admin.password)}},
                                 .content_type = "application/json",
                                 .body = std::move(body)}));
    if (!got || got->status < 200 || got->status >= 300)
        throw std::runtime_error(method + " " + name + ": it is refused");
}

std::string couchdb_home::missing()
{
    return variable("EDM_COUCHDB_URL").empty() ? "not run: no CouchDB: start this by tests/servers/with_couchdb.py"
                                               : "";
}

bool couchdb_home::eventually(const std::function<bool()>& holds)
{
    const auto last = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (!holds()) {
        if (std::chrono::steady_clock::now() > last)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    return true;
}

bool couchdb_home::real()
{
    return variable("EDM_TEST_COUCHDB_REAL") == "1";
}

} // namespace edm::conformance
