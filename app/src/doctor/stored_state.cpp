#include "stored_state.hpp"

#include "waiting.hpp"

#include <edm/store_sqlite/store_sqlite.hpp>

#include <set>

namespace edm::app {

namespace {

constexpr std::size_t most = 1000;

} // namespace

task<> read_stored_state(const program& declared, store& s, std::string service, stored_state& out)
{
    std::set<std::string> held; // a position in a log, or a queue of a broker, or both
    for (const auto& [note, value] : s.notes())
        for (std::string_view kind : {"cursor/", "queue/"})
            if (note.starts_with(kind) && !declared.model.subscription(note.substr(kind.size())))
                held.insert(note.substr(kind.size()));
    out.undeclared.insert(out.undeclared.end(), held.begin(), held.end());
    auto dead = co_await s.parked({.dead_only = true}, {}, most);
    if (!dead)
        throw std::runtime_error("the store of " + service + " cannot be read");
    out.dead_letters += dead->size();
    auto given_up = co_await s.exhausted(most);
    if (!given_up)
        throw std::runtime_error("the store of " + service + " cannot be read");
    out.exhausted += given_up->size();
    ++out.stores;
}

stored_state read_stored_state(const program& declared, const std::filesystem::path& data)
{
    stored_state out;
    auto engine = store_sqlite::make_engine({.directory = data});
    for (const auto& one : declared.services) {
        std::string service{one->name()};
        std::error_code ignored;
        if (!std::filesystem::exists(data / (service + ".sqlite"), ignored))
            continue;
        auto s = engine->open(service, declared.databases_of(service));
        wait_for(read_stored_state(declared, *s, service, out));
        s->close();
    }
    return out;
}

} // namespace edm::app
