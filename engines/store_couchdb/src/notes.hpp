#pragma once

#include "document.hpp"
#include "server.hpp"

#include <mutex>

namespace edm::store_couchdb {

/// The document that holds them.
struct notes_page
{
    std::string _id = "notes";
    std::optional<std::string> _rev;
    std::int64_t epoch = 1;
    by_name<std::int64_t> notes;
};
BOOST_DESCRIBE_STRUCT(notes_page, (), (_id, _rev, epoch, notes))

/// The service's small numbers and its epoch: one document in `<service>-events`. Several processes change it, each
/// number by its own; what one wrote the others see when they refresh. Thread-safe.
class notes
{
  public:
    notes(server& at, std::string database);

    /// Reads the document; begins it where there is none.
    task<stored<nothing>> open();
    /// Writes what was noted, and learns what others wrote.
    task<stored<nothing>> refresh();

    void note(std::string name, std::int64_t value);
    task<stored<nothing>> note_now(std::string name, std::optional<std::int64_t> value);
    std::optional<std::int64_t> noted(std::string_view name) const;
    std::map<std::string, std::int64_t> all() const;
    std::uint32_t epoch() const;
    task<stored<nothing>> begin_epoch(std::uint32_t epoch);

  private:
    using changes = std::map<std::string, std::optional<std::int64_t>>;

    task<stored<nothing>> read();
    task<stored<nothing>> write(changes what, std::optional<std::uint32_t> epoch);

    server& server_;
    const std::string database_;
    mutable std::mutex mutex_;
    notes_page page_; ///< as last read
    changes dirty_;   ///< noted and not written yet
};

} // namespace edm::store_couchdb
