#include "databases.hpp"

#include "connection.hpp"
#include "schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace edm::store_sqlite {

namespace {

using names = std::vector<std::string>;

names stored_names(const connection& c)
{
    names out;
    statement all(c, "SELECT name FROM place ORDER BY number");
    all.bind();
    while (all.step())
        out.push_back(all.text(0));
    return out;
}

std::size_t place_of(const names& in, const std::string& name)
{
    return static_cast<std::size_t>(std::ranges::find(in, name) - in.begin());
}

/// The names of indexes begin with the place of their database: `<place>/<index>`.
void move_indexes(const connection& c, const std::vector<std::size_t>& to)
{
    std::vector<std::pair<std::int64_t, std::string>> moved;
    statement all(c, "SELECT number, name FROM name WHERE kind = 'index'");
    all.bind();
    while (all.step()) {
        const auto name = all.text(1);
        const auto slash = name.find('/');
        std::size_t place = 0;
        std::from_chars(name.data(), name.data() + slash, place);
        if (place < to.size())
            moved.emplace_back(all.integer(0), fmt::format("{}{}", to[place], name.substr(slash)));
    }
    // Two steps, since a new name may be another's old one.
    statement away(c, "UPDATE name SET name = '~' || name WHERE number = ?1");
    for (const auto& [number, name] : moved)
        away.bind(number).execute();
    statement back(c, "UPDATE name SET name = ?2 WHERE number = ?1");
    for (const auto& [number, name] : moved)
        back.bind(number, name).execute();
}

void move_rows(const connection& c, const char* to_aside, const char* to_place, const std::vector<std::size_t>& to)
{
    // Negative places are nobody's: a row is moved out of the way first, for the same reason.
    statement aside(c, to_aside);
    aside.bind().execute();
    statement place(c, to_place);
    for (std::size_t from = 0; from != to.size(); ++from)
        place.bind(-static_cast<std::int64_t>(from) - 1, static_cast<std::int64_t>(to[from])).execute();
}

void renumber(connection& c, const names& before, const names& after)
{
    std::vector<std::size_t> to;
    for (const auto& name : before)
        to.push_back(place_of(after, name));
    if (!std::ranges::equal(before, names(after.begin(), after.begin() + static_cast<std::ptrdiff_t>(before.size())))) {
        move_rows(c, "UPDATE document SET db = -db - 1", "UPDATE document SET db = ?2 WHERE db = ?1", to);
        move_rows(c, "UPDATE due SET db = -db - 1", "UPDATE due SET db = ?2 WHERE db = ?1", to);
        move_indexes(c, to);
    }
    c.run("DELETE FROM place");
    statement add(c, "INSERT INTO place (number, name) VALUES (?1, ?2)");
    for (std::size_t i = 0; i != after.size(); ++i)
        add.bind(static_cast<std::int64_t>(i), after[i]).execute();
}

} // namespace

void place_databases(const std::filesystem::path& file, const std::vector<database_schema>& declared)
{
    connection c(file, true);
    // What a death left in the write-ahead log is the writer's business, not a cost of this look.
    sqlite3_db_config(c.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    c.run("PRAGMA journal_mode = WAL");
    c.run("PRAGMA synchronous = FULL");
    c.run(schema);
    c.run("CREATE TABLE IF NOT EXISTS place (number INTEGER PRIMARY KEY, name TEXT NOT NULL)");
    const auto before = stored_names(c);
    names after;
    for (const auto& database : declared)
        after.push_back(database.name);
    for (const auto& name : before)
        if (place_of(after, name) == after.size())
            after.push_back(name);
    if (before == after)
        return;
    c.run("BEGIN IMMEDIATE");
    renumber(c, before, after);
    c.run("COMMIT");
}

} // namespace edm::store_sqlite
