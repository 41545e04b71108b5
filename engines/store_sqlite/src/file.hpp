#pragma once

#include "connection.hpp"

#include <edm/core/environment.hpp>
#include <edm/core/text.hpp>
#include <edm/store/store.hpp>
#include <edm/store_sqlite/store_sqlite.hpp>

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace edm::store_sqlite {

/// Numbers for names (topics, subscriptions, indexes) that stand in every row. Guarded by its own lock.
class name_table
{
  public:
    void load(connection& c);
    /// The number, or 0 where the name was never written.
    std::int64_t find(std::string_view kind, std::string_view name) const;
    /// The number; a new name is written with the connection's present transaction.
    std::int64_t number(connection& c, std::string_view kind, std::string_view name);
    std::string name(std::int64_t number) const;

  private:
    mutable std::mutex mutex_;
    using by_name = std::unordered_map<std::string, std::int64_t, string_hash, std::equal_to<>>;
    std::map<std::string, by_name, std::less<>> numbers_; ///< by kind
    std::unordered_map<std::int64_t, std::string> names_;
};

/// The writing connection with its statements. Lives on the writer's thread.
class write_side
{
  public:
    write_side(const std::filesystem::path& file, bool synchronous, name_table& names);

    void begin() { begin_.bind().execute(); }
    void commit() { commit_.bind().execute(); }
    void rollback() noexcept;
    bool in_transaction() const { return sqlite3_get_autocommit(c_.handle()) == 0; }

    /// The new revision, or `conflict` with nothing written. Events get positions from `next_position` on.
    stored<revision> apply(const edm::commit& c, std::uint64_t& next_position, std::int64_t now);
    void park(const parked_event& e);
    void unpark(std::string_view subscription, std::string_view key, sequence s);
    void note(std::string_view name, std::optional<std::int64_t> value);
    void adopt(std::string_view subscription, std::string_view former);
    std::size_t prune(std::uint64_t position, std::int64_t before, std::size_t n);

    int wal_pages() const { return wal_pages_; }
    /// Whether every page of the WAL is in the database now.
    bool checkpoint(bool truncate);
    /// Whether the file was moved or removed under us.
    bool has_moved() const;
    /// Whether a write failed for want of room: the disk's, the quota's, or the limit of a file's size. Then the log
    /// has no whole commit, and nothing was stored; a failed sync is another matter.
    bool no_room(const sqlite_error& e) const;
    std::uint64_t last_position();
    std::uint32_t epoch();
    void begin_epoch(std::uint32_t epoch);
    bool has_parked(std::string_view subscription);
    connection& link() { return c_; }

  private:
    void put_due(const edm::commit& c);
    void put_index(const edm::commit& c, std::int64_t document);

    connection c_;
    name_table& names_;
    int wal_pages_ = 0;
    statement begin_, commit_, rollback_;
    statement insert_, update_value_, update_keep_, number_of_, drop_index_, add_index_, add_event_, put_mark_;
    statement drop_due_, add_due_, park_, unpark_, any_parked_, put_note_, drop_note_, prune_;
};

/// One read-only connection with its statements. Every read ends before the call returns: no snapshot is held.
class read_side
{
  public:
    read_side(const std::filesystem::path& file, name_table& names);

    loaded load(db_id db, std::string_view id, mark_key m);
    std::vector<scanned_document> scan(db_id db, std::string_view after, std::size_t n);
    std::vector<scanned_document> find(db_id db, std::string_view index, std::string_view value, std::string_view after,
                                       std::size_t n);
    std::vector<parked_event> parked(const parked_filter& f, const std::optional<parked_event>& after, std::size_t n);
    std::vector<due_entry> due(std::int64_t from, std::int64_t until, std::size_t n);
    std::vector<mark> marks(std::string_view subscription, std::string_view after, std::size_t n);
    std::vector<logged_event> pending(std::uint64_t position, std::size_t n);
    std::vector<logged_event> history(std::string_view key, std::uint64_t above, std::size_t n);

  private:
    loaded read_document(statement& s, int first_column);
    logged_event read_event(statement& s);
    std::vector<parked_event> read_parked(statement& s);

    connection c_;
    name_table& names_;
    statement load_, mark_, scan_, find_, parked_, parked_of_key_, due_, marks_, pending_, history_;
};

/// The name under which an index of a database is numbered.
std::string index_name(db_id db, std::string_view index);

} // namespace edm::store_sqlite
