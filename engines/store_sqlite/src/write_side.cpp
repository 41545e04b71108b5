#include "file.hpp"
#include "schema.hpp"

#include "envelope_json.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>

namespace edm::store_sqlite {

std::string index_name(db_id db, std::string_view index)
{
    return fmt::format("{}/{}", db, index);
}

void name_table::load(connection& c)
{
    std::lock_guard lock(mutex_);
    numbers_.clear();
    names_.clear();
    statement all(c, "SELECT number, kind, name FROM name");
    all.bind();
    while (all.step()) {
        numbers_[all.text(1)].emplace(all.text(2), all.integer(0));
        names_.emplace(all.integer(0), all.text(2));
    }
}

std::int64_t name_table::find(std::string_view kind, std::string_view name) const
{
    std::lock_guard lock(mutex_);
    auto of_kind = numbers_.find(kind);
    if (of_kind == numbers_.end())
        return 0;
    auto at = of_kind->second.find(name);
    return at == of_kind->second.end() ? 0 : at->second;
}

std::int64_t name_table::number(connection& c, std::string_view kind, std::string_view name)
{
    if (auto known = find(kind, name))
        return known;
    statement add(c, "INSERT INTO name (kind, name) VALUES (?1, ?2) RETURNING number");
    add.bind(kind, name);
    add.step();
    auto number = add.integer(0);
    add.reset();
    std::lock_guard lock(mutex_);
    numbers_[std::string{kind}].emplace(name, number);
    names_.emplace(number, std::string{name});
    return number;
}

std::string name_table::name(std::int64_t number) const
{
    std::lock_guard lock(mutex_);
    auto at = names_.find(number);
    return at == names_.end() ? std::string{} : at->second;
}

namespace {

connection open_writer(const std::filesystem::path& file, bool synchronous)
{
    connection c(file, true);
    c.run("PRAGMA journal_mode = WAL");
    c.run(synchronous ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = OFF");
    c.run("PRAGMA wal_autocheckpoint = 0");
    c.run("PRAGMA journal_size_limit = 67108864");
    c.run("PRAGMA cache_size = -8192");
    c.run("PRAGMA temp_store = MEMORY");
    c.run(schema);
    return c;
}

} // namespace

write_side::write_side(const std::filesystem::path& file, bool synchronous, name_table& names)
    : c_(open_writer(file, synchronous)), names_(names), begin_(c_, "BEGIN IMMEDIATE"), commit_(c_, "COMMIT"),
      rollback_(c_, "ROLLBACK"),
      insert_(c_, "INSERT INTO document (db, id, revision, value, envelope) VALUES (?1, ?2, 1, ?3, ?4) "
                  "ON CONFLICT DO NOTHING"),
      update_value_(c_, "UPDATE document SET revision = revision + 1, value = ?4, envelope = ?5 "
                        "WHERE db = ?1 AND id = ?2 AND revision = ?3"),
      update_keep_(c_, "UPDATE document SET revision = revision + 1, envelope = ?4 "
                       "WHERE db = ?1 AND id = ?2 AND revision = ?3"),
      number_of_(c_, "SELECT number FROM document WHERE db = ?1 AND id = ?2"),
      drop_index_(c_, "DELETE FROM listed WHERE document = ?1"),
      add_index_(c_, "INSERT INTO listed (ix, value, id, document) VALUES (?1, ?2, ?3, ?4)"),
      add_event_(
          c_,
          "INSERT INTO event (position, topic, key, epoch, counter, at, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
      put_mark_(c_, "INSERT INTO mark (subscription, key, epoch, counter) VALUES (?1, ?2, ?3, ?4) "
                    "ON CONFLICT (subscription, key) DO UPDATE SET epoch = ?3, counter = ?4"),
      drop_due_(c_, "DELETE FROM due WHERE db = ?1 AND document = ?2"),
      add_due_(c_, "INSERT INTO due (db, document, item, at) VALUES (?1, ?2, ?3, ?4)"),
      park_(c_, "INSERT OR REPLACE INTO parked (subscription, key, epoch, counter, baseline, gap, attempts, next_at, "
                "parked_at, reason, topic, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"),
      unpark_(c_, "DELETE FROM parked WHERE subscription = ?1 AND key = ?2 AND epoch = ?3 AND counter = ?4"),
      any_parked_(c_, "SELECT EXISTS (SELECT 1 FROM parked WHERE subscription = ?1)"),
      put_note_(c_, "INSERT OR REPLACE INTO note (name, value) VALUES (?1, ?2)"),
      drop_note_(c_, "DELETE FROM note WHERE name = ?1"),
      // Looks at the oldest rows alone, whatever the history's length: time of writing grows with the position.
      prune_(c_, "DELETE FROM event WHERE position IN (SELECT position FROM (SELECT position, at FROM event "
                 "WHERE position <= ?1 ORDER BY position LIMIT ?3) WHERE at < ?2)")
{
    sqlite3_wal_hook(
        c_.handle(),
        [](void* self, sqlite3*, const char*, int pages) {
            static_cast<write_side*>(self)->wal_pages_ = pages;
            return SQLITE_OK;
        },
        this);
    names_.load(c_);
}

void write_side::rollback() noexcept
{
    try {
        if (in_transaction())
            rollback_.bind().execute();
    } catch (const sqlite_error&) {
        // The caller reopens the file when a transaction is still open.
    }
}

stored<revision> write_side::apply(const edm::commit& c, std::uint64_t& next_position, std::int64_t now)
{
    thread_local std::string envelope;
    envelope.clear();
    append_envelope(envelope, c.envelope);
    auto* value = std::get_if<std::string>(&c.value);
    bool keep = std::holds_alternative<keep_value>(c.value);
    std::int64_t before = 0;
    if (c.expected.empty()) {
        if (value)
            insert_.bind(c.db, c.id, *value, envelope).execute();
        else
            insert_.bind(c.db, c.id, nullptr, envelope).execute();
    } else {
        auto [end, problem] = std::from_chars(c.expected.data(), c.expected.data() + c.expected.size(), before);
        if (problem != std::errc{})
            return std::unexpected(store_failure::conflict);
        if (keep)
            update_keep_.bind(c.db, c.id, before, envelope).execute();
        else if (value)
            update_value_.bind(c.db, c.id, before, *value, envelope).execute();
        else
            update_value_.bind(c.db, c.id, before, nullptr, envelope).execute();
    }
    if (sqlite3_changes(c_.handle()) == 0)
        return std::unexpected(store_failure::conflict);
    if (!keep && (c.indexed || !c.index.empty())) {
        number_of_.bind(c.db, c.id);
        number_of_.step();
        auto document = number_of_.integer(0);
        number_of_.reset();
        put_index(c, document);
    }
    if (c.due_changed)
        put_due(c);
    for (const auto& e : c.events)
        add_event_
            .bind(next_position++, names_.number(c_, "topic", e->topic), e->key, e->sequence.epoch, e->sequence.counter,
                  now, e->bytes)
            .execute();
    for (const auto& m : c.marks)
        put_mark_.bind(names_.number(c_, "subscription", m.subscription), m.key, m.sequence.epoch, m.sequence.counter)
            .execute();
    return std::to_string(before + 1);
}

void write_side::put_index(const edm::commit& c, std::int64_t document)
{
    drop_index_.bind(document).execute();
    for (const auto& entry : c.index)
        add_index_.bind(names_.number(c_, "index", index_name(c.db, entry.index)), entry.value, c.id, document)
            .execute();
}

void write_side::put_due(const edm::commit& c)
{
    drop_due_.bind(c.db, c.id).execute();
    for (const auto& item : c.envelope.due)
        add_due_.bind(c.db, c.id, item.id, item.at < 0 ? item.at : std::max(item.at, item.lease_until)).execute();
}

void write_side::park(const parked_event& e)
{
    park_
        .bind(e.subscription, e.key, e.sequence.epoch, e.sequence.counter, e.rebuild ? 2 : int{e.baseline}, e.gap,
              e.attempts, e.next_at, e.parked_at, e.reason, e.event->topic, e.event->bytes)
        .execute();
}

void write_side::unpark(std::string_view subscription, std::string_view key, sequence s)
{
    unpark_.bind(subscription, key, s.epoch, s.counter).execute();
}

void write_side::adopt(std::string_view subscription, std::string_view former)
{
    statement parked(c_, "UPDATE OR REPLACE parked SET subscription = ?1 WHERE subscription = ?2");
    parked.bind(subscription, former).execute();
    auto old = names_.find("subscription", former);
    if (old == 0)
        return;
    if (names_.find("subscription", subscription) == 0) {
        // However many marks there are: their number gets another name.
        statement rename(c_, "UPDATE name SET name = ?1 WHERE number = ?2");
        rename.bind(subscription, old).execute();
        names_.load(c_);
        return;
    }
    statement merge(c_, "INSERT INTO mark (subscription, key, epoch, counter) "
                        "SELECT ?1, key, epoch, counter FROM mark WHERE subscription = ?2 "
                        "ON CONFLICT (subscription, key) DO UPDATE SET epoch = excluded.epoch, "
                        "counter = excluded.counter WHERE (excluded.epoch, excluded.counter) > (epoch, counter)");
    merge.bind(names_.find("subscription", subscription), old).execute();
    statement drop(c_, "DELETE FROM mark WHERE subscription = ?1");
    drop.bind(old).execute();
}

void write_side::note(std::string_view name, std::optional<std::int64_t> value)
{
    if (value)
        put_note_.bind(name, *value).execute();
    else
        drop_note_.bind(name).execute();
}

std::size_t write_side::prune(std::uint64_t position, std::int64_t before, std::size_t n)
{
    // Positions are never used again: the last row stays.
    auto last = last_position();
    if (last == 0)
        return 0;
    prune_.bind(std::min(position, last - 1), before, static_cast<std::int64_t>(n)).execute();
    return static_cast<std::size_t>(sqlite3_changes(c_.handle()));
}

bool write_side::checkpoint(bool truncate)
{
    int in_wal = 0, copied = 0;
    int code = sqlite3_wal_checkpoint_v2(
        c_.handle(), nullptr, truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, &in_wal, &copied);
    if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
        throw sqlite_error(code, sqlite3_errmsg(c_.handle()));
    wal_pages_ = 0;
    return code == SQLITE_OK && in_wal == copied;
}

bool write_side::has_moved() const
{
    int moved = 0;
    return sqlite3_file_control(c_.handle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0;
}

bool write_side::no_room(const sqlite_error& e) const
{
    if (e.primary() == SQLITE_FULL)
        return true;
    sqlite3_file* log = nullptr;
    if (e.code != SQLITE_IOERR_WRITE ||
        sqlite3_file_control(c_.handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK || !log->pMethods)
        return false;
    int system = 0;
    return log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &system) == SQLITE_OK &&
           (system == EFBIG || system == EDQUOT);
}

std::uint64_t write_side::last_position()
{
    statement last(c_, "SELECT max(position) FROM event");
    last.bind();
    last.step();
    return static_cast<std::uint64_t>(last.integer(0));
}

std::uint32_t write_side::epoch()
{
    c_.run("INSERT OR IGNORE INTO meta (name, value) VALUES ('epoch', '1'), ('format', '1')");
    statement read(c_, "SELECT value FROM meta WHERE name = 'epoch'");
    read.bind();
    read.step();
    return static_cast<std::uint32_t>(std::stoul(read.text(0)));
}

void write_side::begin_epoch(std::uint32_t epoch)
{
    statement raise(c_, "UPDATE meta SET value = ?1 WHERE name = 'epoch'");
    raise.bind(std::to_string(epoch)).execute();
}

bool write_side::has_parked(std::string_view subscription)
{
    any_parked_.bind(subscription);
    any_parked_.step();
    bool any = any_parked_.integer(0) != 0;
    any_parked_.reset();
    return any;
}

} // namespace edm::store_sqlite
