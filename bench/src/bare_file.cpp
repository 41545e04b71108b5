#include "bare_file.hpp"

#include "schema.hpp"

#include <stdexcept>

namespace edm::bench {

using store_sqlite::connection;
using store_sqlite::statement;

namespace {

constexpr int forced_checkpoint_pages = 16'000; // as the engine's: the queue of one thread is never empty

connection open_like_the_engine(const std::filesystem::path& path)
{
    connection c(path, true);
    c.run("PRAGMA journal_mode = WAL");
    c.run("PRAGMA synchronous = FULL");
    c.run("PRAGMA wal_autocheckpoint = 0");
    c.run("PRAGMA journal_size_limit = 67108864");
    c.run("PRAGMA cache_size = -8192");
    c.run("PRAGMA temp_store = MEMORY");
    c.run(store_sqlite::schema);
    return c;
}

/// A column of the last row that a run of the whole system wrote.
std::string sample(connection& c, const char* sql)
{
    statement s(c, sql);
    s.bind();
    return s.step() ? s.text(0) : std::string{};
}

} // namespace

bare_file::bare_file(const std::filesystem::path& path, const std::filesystem::path& like, bool publishes)
    : c_(open_like_the_engine(path)), publishes_(publishes), begin_(c_, "BEGIN IMMEDIATE"), commit_(c_, "COMMIT"),
      insert_(c_, "INSERT INTO document (db, id, revision, value, envelope) VALUES (0, ?1, 1, ?2, ?3)"),
      update_(c_, "UPDATE document SET revision = revision + 1, value = ?3, envelope = ?4 "
                  "WHERE db = 0 AND id = ?1 AND revision = ?2"),
      event_(c_, "INSERT INTO event (position, topic, key, epoch, counter, at, bytes) "
                 "VALUES (?1, 1, ?2, 1, ?3, ?4, ?5)"),
      mark_(c_, "INSERT INTO mark (subscription, key, epoch, counter) VALUES (1, ?1, 1, ?2) "
                "ON CONFLICT (subscription, key) DO UPDATE SET epoch = 1, counter = ?2"),
      note_(c_, "INSERT OR REPLACE INTO note (name, value) VALUES ('cursor', ?1)")
{
    connection from(like, false);
    value_ = sample(from, "SELECT value FROM document ORDER BY number DESC LIMIT 1");
    envelope_ = sample(from, "SELECT envelope FROM document ORDER BY number DESC LIMIT 1");
    bytes_ = sample(from, "SELECT bytes FROM event ORDER BY position DESC LIMIT 1");
    sqlite3_wal_hook(
        c_.handle(),
        [](void* self, sqlite3*, const char*, int pages) {
            static_cast<bare_file*>(self)->wal_pages_ = pages;
            return SQLITE_OK;
        },
        this);
}

void bare_file::write(const std::vector<std::string>& keys, std::size_t first, std::size_t last)
{
    begin_.bind().execute();
    note_.bind(static_cast<std::int64_t>(first)).execute();
    for (auto n = first; n != last; ++n) {
        const auto& key = keys[n % keys.size()];
        auto revision = static_cast<std::int64_t>(n / keys.size());
        if (revision == 0)
            insert_.bind(key, value_, envelope_).execute();
        else
            update_.bind(key, revision, value_, envelope_).execute();
        if (sqlite3_changes(c_.handle()) != 1)
            throw std::runtime_error("the reference lost count of a revision");
        if (publishes_)
            event_.bind(static_cast<std::int64_t>(n) + 1, key, revision + 1, 1'700'000'000'000, bytes_).execute();
        else
            mark_.bind(key, revision + 1).execute();
    }
    commit_.bind().execute();
    done_ = last;
    if (wal_pages_ >= forced_checkpoint_pages)
        sqlite3_wal_checkpoint_v2(c_.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

} // namespace edm::bench
