#pragma once

#include "server.hpp"

#include <edm/store/store.hpp>

#include <atomic>
#include <mutex>
#include <vector>

namespace edm::store_couchdb {

/// What the server said to the write of one document.
struct write_answer
{
    int status = 0;    ///< as of a PUT: 201, 409, 413, 507, …
    std::string rev{}; ///< of the document, with 201
};

/// Writes single documents, at most one request at a time to each database: what comes while one is under way goes
/// together in the next, so that many writers share a sync and the cost of a request. Each write has its own outcome.
/// Thread-safe.
class writes
{
  public:
    using outcome = std::expected<write_answer, silence>;

    writes(server& at, std::vector<std::string> databases);

    /// From now on several documents go in one request. pouchdb-server loses updates that come so.
    void begin_together() { most_.store(100); }
    /// `body`: the document with this `_id` on the wire.
    task<outcome> write(db_id db, std::string id, std::string body);

  private:
    struct waiting
    {
        std::string id, body;
        resumption<outcome> done;
    };
    struct line
    {
        std::vector<waiting> all;
        bool busy = false;
    };

    task<> run(db_id db, std::vector<waiting> batch);
    task<std::vector<outcome>> send(db_id db, const std::vector<waiting>& batch);
    task<outcome> send_one(db_id db, const waiting& w);
    std::vector<waiting> take(line& from) const;

    server& server_;
    const std::vector<std::string> databases_;
    std::atomic<std::size_t> most_{1}; ///< documents in one request
    std::mutex mutex_;
    std::vector<line> lines_; ///< by database
};

} // namespace edm::store_couchdb
