#include "setup.hpp"

#include "rows.hpp"

#include <edm/core/text.hpp>
#include <edm/observability/log.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace edm::store_couchdb {

namespace {

constexpr std::string_view role = "edm", log_in = "a log-in";
constexpr std::string_view user_prefix = "org.couchdb.user:";

struct copies
{
    std::int64_t n = 1;
};
BOOST_DESCRIBE_STRUCT(copies, (), (n))

struct database_facts
{
    copies cluster;
};
BOOST_DESCRIBE_STRUCT(database_facts, (), (cluster))

struct user_page
{
    std::string _id;
    std::optional<std::string> _rev;
    std::string type = "user", name;
    std::vector<std::string> roles;
    std::string password;
};
BOOST_DESCRIBE_STRUCT(user_page, (), (_id, _rev, type, name, roles, password))

/// An answer, or the end of the set-up: one line that names the setting. Where processes make the same things at once
/// CouchDB may answer 500 to one of them; what is asked here can be asked again.
task<answer> must_answer(server& at, const options& with, std::string method, std::string path, std::string body = {})
{
    constexpr int most_tries = 10;
    for (int tries = 1;; ++tries) {
        auto got = co_await at.send(method, path, body);
        auto refused = at.refused();
        if (!got && refused)
            got = answer{refused->status};
        if (!got)
            throw std::runtime_error(
                fmt::format("EDM_COUCHDB_URL: {}", at.trouble().value_or(with.url + " does not answer")));
        if (!got->failed())
            co_return std::move(*got);
        if (tries == most_tries)
            throw std::runtime_error(fmt::format("EDM_COUCHDB_URL: {} answers {}", with.url, got->status));
        co_await sleep_for(milliseconds{200});
    }
}

[[noreturn]] void refused(const options& with, bool as_administrator, const answer& got, std::string_view what)
{
    const auto* names = as_administrator ? "COUCHDB_USER, COUCHDB_PASSWORD" : "COUCHDB_APP_USER, COUCHDB_APP_PASSWORD";
    if (got.status == 401)
        throw std::runtime_error(fmt::format("{}: CouchDB refuses this name and password", names));
    if (got.status == 403 && what == log_in)
        throw std::runtime_error(
            fmt::format("{}: CouchDB has locked this user for a while, after wrong passwords", names));
    if (got.status == 403 && !as_administrator)
        throw std::runtime_error(
            fmt::format("COUCHDB_APP_USER: CouchDB answers 403 to {}; the user {} needs the role {}", what,
                        with.application.user, role));
    throw std::runtime_error(fmt::format("{}: CouchDB answers {} to {}",
                                         as_administrator ? "COUCHDB_USER" : "COUCHDB_APP_USER", got.status, what));
}

/// Whether its password is the one that is configured.
task<bool> can_log_in(const options& with)
{
    server as_app(with, with.application);
    auto tried = co_await must_answer(as_app, with, "GET", "/_session");
    if (tried.status == 403)
        refused(with, false, tried, log_in);
    co_return tried.ok();
}

/// The application's user, with the password that is configured now and the role that the databases let in; what other
/// roles it has stay.
task<> make_user(server& admin, const options& with)
{
    const auto id = std::string{user_prefix} + with.application.user;
    const auto path = "/_users/" + percent_encode(id);
    for (int tries = 0; tries != 5; ++tries) {
        auto there = co_await must_answer(admin, with, "GET", path);
        user_page user;
        if (there.status == 200) {
            auto read = decode<user_page>(there.body, {.lenient = true});
            if (!read)
                refused(with, true, there, "a look at the application's user");
            user = std::move(*read);
        }
        const bool has_role = std::find(user.roles.begin(), user.roles.end(), role) != user.roles.end();
        if (has_role) {
            // Written anew only where the password does not fit: every process that starts looks at the same user.
            const bool fits = co_await can_log_in(with);
            if (fits)
                co_return;
        } else {
            user.roles.emplace_back(role);
        }
        user._id = id;
        user.name = with.application.user;
        user.password = with.application.password;
        auto made = co_await must_answer(admin, with, "PUT", path, encode(user));
        if (made.ok())
            co_return;
        if (made.status != 409)
            refused(with, true, made, "the making of the application's user");
    }
    throw std::runtime_error("COUCHDB_APP_USER: the user is changed by somebody else again and again");
}

task<> make_design(server& admin, const options& with, const wanted_database& d)
{
    const auto path = "/" + percent_encode(d.name) + "/_design/" + d.design;
    auto there = co_await must_answer(admin, with, "GET", path);
    if (there.ok())
        co_return;
    auto made = co_await must_answer(admin, with, "PUT", path, design_document(d.design));
    if (!made.ok() && made.status != 409)
        refused(with, true, made, "the making of an index");
}

task<> make_database(server& admin, const options& with, const wanted_database& d)
{
    const auto path = "/" + percent_encode(d.name);
    // One shard: what is written at once shares one sync, and an index is asked once.
    auto made = co_await must_answer(admin, with, "PUT", path + "?n=1&q=1");
    if (!made.ok() && made.status != 412) // 412: it is there
        refused(with, true, made, "the making of a database");
    const auto who =
        with.application.user.empty()
            ? std::string{}
            : fmt::format(R"({{"admins":{{"names":[],"roles":["_admin"]}},"members":{{"names":[],"roles":["{}"]}}}})",
                          role);
    if (!who.empty()) {
        auto secured = co_await must_answer(admin, with, "PUT", path + "/_security", who);
        for (int again = 0; secured.status == 409 && again < 10; ++again) // another process secures it at this moment
            secured = co_await must_answer(admin, with, "PUT", path + "/_security", who);
        if (!secured.ok())
            refused(with, true, secured, "the securing of a database");
    }
    co_await make_design(admin, with, d);
}

/// What is not there, or is not as it must be.
task<> look(server& app, const options& with, const wanted_database& d)
{
    auto facts = co_await must_answer(app, with, "GET", "/" + percent_encode(d.name));
    if (facts.status == 404)
        throw missing_database(fmt::format("COUCHDB_USER: the database {} is missing, and without an administrator "
                                           "it cannot be made",
                                           d.name));
    if (!facts.ok())
        refused(with, with.application.user.empty(), facts, "a look at a database");
    auto read = decode<database_facts>(facts.body, {.lenient = true});
    if (read && read->cluster.n > 1)
        throw std::runtime_error(fmt::format("EDM_COUCHDB_URL: the database {} has {} copies of each document (n); two "
                                             "writers could both be accepted, so n must be 1",
                                             d.name, read->cluster.n));
}

/// A new index over many documents takes CouchDB longer than an answer may; it goes on with it meanwhile.
task<> await_index(server& app, const options& with, const wanted_database& d)
{
    const auto path =
        fmt::format("/{}/_design/{}/_view/{}?limit=1", percent_encode(d.name), d.design, a_view_of(d.design));
    for (bool told = false;;) {
        auto got = co_await app.send("GET", path);
        if (got && got->ok())
            co_return;
        if (got || got.error() == silence::unsent)
            break;
        if (!std::exchange(told, true))
            observability::log::info("couchdb_builds_its_index", {{"database", d.name}});
        co_await look(app, with, d); // so that it answers at all
    }
    auto there = co_await must_answer(app, with, "GET", path);
    if (there.status == 404)
        throw std::runtime_error(fmt::format("COUCHDB_USER: the index of the database {} is missing, and without an "
                                             "administrator it cannot be made",
                                             d.name));
    if (!there.ok())
        refused(with, with.application.user.empty(), there, "a look at an index");
}

} // namespace

task<> make_sure(const options& with, std::shared_ptr<session> as, std::vector<wanted_database> databases)
{
    const bool has_administrator = !with.administrator.user.empty();
    if (has_administrator || with.application.user.empty()) {
        server admin(with, with.administrator);
        auto session = co_await must_answer(admin, with, "GET", "/_session");
        if (!session.ok())
            refused(with, true, session, log_in);
        for (const auto& d : databases)
            co_await make_database(admin, with, d);
        if (!with.application.user.empty())
            co_await make_user(admin, with);
    }
    server app(with, std::move(as));
    auto session = co_await must_answer(app, with, "GET", "/_session");
    if (!session.ok())
        refused(with, with.application.user.empty(), session, log_in);
    for (const auto& d : databases) {
        co_await look(app, with, d);
        co_await await_index(app, with, d);
    }
}

} // namespace edm::store_couchdb
