#pragma once

#include "outbox.hpp"
#include "server.hpp"
#include "writes.hpp"

#include <edm/core/environment.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <set>

namespace edm::store_couchdb {

/// The documents of a service's databases. A commit is one write on CouchDB's revision of the document that was read;
/// it carries an id of its own, by which a write whose answer was lost is told from one that never arrived.
/// Thread-safe.
class documents : public std::enable_shared_from_this<documents>
{
  public:
    documents(server& at, const options& with, std::vector<std::string> databases, held_documents& held,
              outbox& events);

    /// Asks what kind of server it is: before the first commit.
    task<stored<nothing>> open();
    task<stored<loaded>> load(db_id db, std::string id, mark_key mark);
    task<stored<revision>> commit(edm::commit c);
    task<std::vector<stored<revision>>> commit_many(std::vector<edm::commit> commits);
    task<stored<std::vector<scanned_document>>> scan(db_id db, std::string after, std::size_t n);
    task<stored<std::vector<scanned_document>>> find(db_id db, std::string index, std::string value, std::string after,
                                                     std::size_t n);
    /// Due work of all databases between two times, earliest first.
    task<stored<std::vector<due_entry>>> due(std::int64_t from, std::int64_t until, std::size_t n);
    task<stored<std::vector<mark>>> marks(std::string subscription, std::string after, std::size_t n);
    task<stored<std::vector<counter_entry>>> counters(db_id db, std::string topic, std::string after, std::size_t n);
    /// What is pending inside the documents of this id.
    task<stored<std::vector<pending_event>>> pending_of(std::string id);
    void adopt(std::string subscription, std::vector<std::string> formerly);

    std::uint64_t commits() const { return commits_.load(); }
    std::uint64_t events() const { return events_.load(); }

  private:
    struct attempt
    {
        edm::commit what;
        std::string id;    ///< of this commit
        bool open = false; ///< a write was sent whose outcome is not known
    };

    /// The document as it is now: null where there is none.
    task<stored<held_document>> fetch(db_id db, std::string id);
    task<stored<revision>> carry_through(attempt a, std::optional<held_document> base,
                                         std::chrono::steady_clock::time_point until);
    task<> settle(attempt a);
    document next(const attempt& a, const held_document& base) const;
    stored<revision> success(const attempt& a, document written);

    bool in_doubt(db_id db, std::string_view id) const;
    std::vector<std::string> names_of(const std::string& subscription) const;
    scanned_document scanned(const document& d) const;
    std::string new_commit_id() const;
    std::int64_t now_ms() const { return environment_.now().time_since_epoch().count(); }

    server& server_;
    const edm::environment environment_;
    const milliseconds patience_;
    const std::vector<std::string> databases_;
    held_documents& held_;
    outbox& outbox_;
    writes writes_;

    mutable std::mutex mutex_;
    std::set<std::pair<db_id, std::string>, std::less<>> in_doubt_;
    std::map<std::string, std::vector<std::string>> formerly_;
    std::atomic<std::uint64_t> commits_{0}, events_{0};
};

} // namespace edm::store_couchdb
