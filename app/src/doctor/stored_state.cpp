#include "stored_state.hpp"

#include "waiting.hpp"

#include <edm/store_sqlite/store_sqlite.hpp>

namespace edm::app {

namespace {

constexpr std::size_t most = 1000;
constexpr std::string_view cursor = "cursor/";

task<> read(const program& declared, store& s, std::string service, stored_state& out)
{
    for (const auto& [note, value] : s.notes())
        if (note.starts_with(cursor) && !declared.model.subscription(note.substr(cursor.size())))
            out.undeclared.push_back(note.substr(cursor.size()));
    auto dead = co_await s.parked({.dead_only = true}, {}, most);
    if (!dead)
        throw std::runtime_error("the store of " + service + " cannot be read");
    out.dead_letters += dead->size();
    auto given_up = co_await s.exhausted(most);
    if (!given_up)
        throw std::runtime_error("the store of " + service + " cannot be read");
    out.exhausted += given_up->size();
}

} // namespace

stored_state read_stored_state(const program& declared, const std::filesystem::path& data)
{
    stored_state out;
    auto engine = store_sqlite::make_engine({.directory = data});
    for (const auto& one : declared.services) {
        std::string service{one->name()};
        std::error_code ignored;
        if (!std::filesystem::exists(data / (service + ".sqlite"), ignored))
            continue;
        std::vector<database_schema> databases;
        for (const auto& d : declared.model.databases)
            if (d.service == service)
                databases.push_back({d.name, d.indexes});
        auto s = engine->open(service, std::move(databases));
        wait_for(read(declared, *s, service, out));
        s->close();
        ++out.stores;
    }
    return out;
}

} // namespace edm::app
