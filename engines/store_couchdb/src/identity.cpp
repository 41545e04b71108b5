#include "identity.hpp"

#include <edm/core/text.hpp>
#include <edm/describe/decode.hpp>
#include <edm/describe/encode.hpp>

namespace edm::store_couchdb {

namespace {

constexpr std::string_view place = "identity"; // a local document would not do: the last of two writers wins there
constexpr int most_tries = 20;

struct identity_page
{
    std::string identity;
};
BOOST_DESCRIBE_STRUCT(identity_page, (), (identity))

std::string path_in(std::string_view database)
{
    return "/" + percent_encode(database) + "/" + std::string{place};
}

/// Empty where there is none. A database that was made anew may let nobody in: 403.
task<stored<std::string>> present_identity(server& at, const std::string& database)
{
    auto got = co_await at.send("GET", path_in(database));
    if (!got || (!got->ok() && got->status != 404 && got->status != 403))
        co_return std::unexpected(store_failure::away);
    if (!got->ok())
        co_return std::string{};
    auto page = decode<identity_page>(got->body, {.lenient = true});
    if (!page)
        co_return unreadable("a database's identity", page.error().front().msg);
    co_return std::move(page->identity);
}

task<stored<std::string>> identity_of(server& at, const std::string& database, const edm::environment& with)
{
    for (int tries = 0; tries != most_tries; ++tries) {
        auto present = co_await present_identity(at, database);
        if (!present || !present->empty())
            co_return present;
        // Read again whatever becomes of it: another process may have been first.
        auto made = co_await at.send("PUT", path_in(database), encode(identity_page{with.random->hex(8)}));
        if (!made && made.error() == silence::unsent)
            co_return std::unexpected(store_failure::away);
    }
    co_return std::unexpected(store_failure::away);
}

} // namespace

task<stored<by_name<std::string>>> present_identities(server& at, const std::vector<std::string>& databases)
{
    by_name<std::string> all;
    for (const auto& database : databases) {
        auto one = co_await present_identity(at, database);
        if (!one)
            co_return std::unexpected(one.error());
        if (!one->empty())
            all[database] = std::move(*one);
    }
    co_return all;
}

task<stored<by_name<std::string>>> identities(server& at, const std::vector<std::string>& databases,
                                              const edm::environment& with)
{
    by_name<std::string> all;
    for (const auto& database : databases) {
        auto one = co_await identity_of(at, database, with);
        if (!one)
            co_return std::unexpected(one.error());
        all[database] = std::move(*one);
    }
    co_return all;
}

} // namespace edm::store_couchdb
