#pragma once

#include "held.hpp"
#include "rows.hpp"

#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <unordered_set>

namespace edm::store_couchdb {

/// The events that wait inside documents: in the order in which this process learned of them, under positions that
/// count within this process alone, until they are taken; then they are filed into `<service>-events` and pruned from
/// their documents. Nothing here is relied on: after a crash any process finds what is pending by the index.
/// Thread-safe.
class outbox
{
  public:
    outbox(server& at, std::vector<std::string> databases, std::string events, held_documents& held);

    /// After a commit, or when the index listed the document: what is pending in it and not known yet, lowest first.
    void add(db_id db, const document& d);
    void on_added(std::function<void()> hint);
    std::vector<logged_event> pending(std::uint64_t position, std::size_t n) const;
    /// What is to be filed becomes more: the caller sees to it that `file_away` runs.
    bool taken(std::uint64_t position);
    std::uint64_t tail() const;
    /// Takes what is filed already out of a document that is about to be written; false where there is nothing.
    bool strip(db_id db, document& d) const;

    /// Files and prunes what was taken; true where something is left for another time (the server is away, or a
    /// document changed meanwhile). One at a time.
    task<bool> file_away();
    /// Adds what has been pending since `before` (Unix milliseconds), whoever committed it, until much is waiting: what
    /// is left of it is found when that is taken.
    task<bool> look_for_others(std::int64_t before);
    /// The filed events of a key, oldest first.
    task<stored<std::vector<pending_event>>> filed(std::string key);
    /// Removes filed events that are older; returns how many.
    task<stored<std::size_t>> prune(std::int64_t before, std::size_t n);

  private:
    struct entry
    {
        std::uint64_t position;
        db_id db;
        event_ptr event;
        std::int64_t at;
    };
    struct name
    {
        db_id db;
        std::string key, topic, sequence;
        auto operator<=>(const name&) const = default;
    };
    static name name_of(const entry& e) { return {e.db, e.event->key, e.event->topic, e.event->sequence.text()}; }

    bool much_is_waiting() const;
    task<bool> file(const std::vector<entry>& these);
    task<bool> prune_documents(db_id db, std::set<std::string> ids);

    server& server_;
    const std::vector<std::string> databases_;
    const std::string events_;
    held_documents& held_;
    mutable std::mutex mutex_;
    std::deque<entry> waiting_;  ///< not taken yet
    std::vector<entry> to_file_; ///< taken
    std::set<name> known_;       ///< waiting, taken, or filed and perhaps still in their documents
    std::set<name> filed_;       ///< in the archive
    std::set<std::pair<db_id, std::string>> to_prune_;
    std::uint64_t tail_ = 0;
    std::function<void()> hint_;
};

} // namespace edm::store_couchdb
