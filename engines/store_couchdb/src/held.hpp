#pragma once

#include "document.hpp"

#include <edm/store/store.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace edm::store_couchdb {

using held_document = std::shared_ptr<const document>;

/// Documents as this process last saw them, so that a write needs no reading before it: where one is out of date, the
/// server refuses the write. Bounded. Thread-safe.
class held_documents
{
  public:
    /// Null where it is not held.
    held_document get(db_id db, std::string_view id) const;
    void put(db_id db, held_document d);
    void drop(db_id db, std::string_view id);

  private:
    mutable std::mutex mutex_;
    std::unordered_map<std::string, held_document> all_; ///< by database and id
    std::size_t bytes_ = 0;                              ///< of all that was put since it was last emptied
};

} // namespace edm::store_couchdb
