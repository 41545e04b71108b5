#pragma once

#include "identity.hpp"

#include <mutex>

namespace edm::store_couchdb {

/// The document that holds them.
struct notes_page
{
    std::string _id = "notes";
    std::optional<std::string> _rev;
    std::int64_t epoch = 1;
    by_name<std::int64_t> notes;
    by_name<std::string> databases; ///< the identity of each other database of the service
};
BOOST_DESCRIBE_STRUCT(notes_page, (), (_id, _rev, epoch, notes, databases))

/// The service's small numbers and its epoch: one document in `<service>-events`. Several processes change it, each
/// number by its own; what one wrote the others see when they refresh. Thread-safe.
///
/// A document that is made anew begins with the time as its epoch, which no earlier one had; where one of the databases
/// is not the one that it was, the next epoch begins. Who writes that first decides it for all processes. One that had
/// opened what is gone gives the server up, at its next `refresh` at the latest: what it knows of counters and
/// documents holds no more.
class notes
{
  public:
    /// `database`: where the page lies; `others`: the other databases of the service.
    notes(server& at, std::string database, std::vector<std::string> others, const options& with);

    /// Reads the document and compares; begins it where there is none.
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
    task<stored<notes_page>> get() const;
    /// As it has to be for databases with these identities.
    notes_page fitting(notes_page there, const by_name<std::string>& found) const;
    /// Whether what was opened is there still; where it is not, for some time or by what is there instead, the server
    /// is given up.
    bool as_opened(const notes_page& there, const by_name<std::string>& present);

    server& server_;
    const std::string database_;
    const std::vector<std::string> others_;
    const edm::environment with_;
    const milliseconds look_around_;
    by_name<std::string> opened_; ///< the identities that this process began with
    std::optional<std::chrono::steady_clock::time_point> missing_since_{}; ///< something was not there from then on
    mutable std::mutex mutex_;
    notes_page page_; ///< as last read
    changes dirty_;   ///< noted and not written yet
};

} // namespace edm::store_couchdb
