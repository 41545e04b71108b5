#pragma once

#include <edm/core/environment.hpp>
#include <edm/store/store.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace edm::testing {

/// What survives the death of a process: the documents of one service, each with its marks, counters, due work and
/// pending events inside, as a store that is atomic per document only (CouchDB) can keep them.
struct document_disk
{
    struct stored_document
    {
        std::uint64_t revision = 0;
        std::optional<std::string> value;
        edm::envelope envelope;
        std::vector<index_value> index;
        std::map<std::pair<std::string, std::string>, sequence> marks;
        std::vector<std::pair<std::uint64_t, event_ptr>> pending; ///< not yet copied into `events`
    };
    mutable std::mutex mutex;
    std::map<std::pair<db_id, std::string>, stored_document> documents;
    std::map<std::uint64_t, event_ptr> events; ///< the archive `<service>-events`
    std::map<std::tuple<std::string, std::string, sequence>, parked_event> parked;
    std::map<std::string, std::int64_t> notes;
    std::uint64_t last_position = 0;
    std::uint32_t epoch = 1;

    /// What a process that dies now would leave behind.
    std::shared_ptr<document_disk> copy() const;
};

/// What a test may do to a store: fail, or die, at a chosen commit.
struct store_faults
{
    /// Called before a write takes effect with how many writes there were; a value makes it fail so.
    std::function<std::optional<store_failure>(std::uint64_t write)> before;
    /// Called after a write took effect and before anybody is told.
    std::function<void(std::uint64_t write)> after;
    std::atomic<std::uint64_t> writes{0};
    /// While set nothing can be read or written.
    std::atomic<bool> away{false};
    /// What the store says of the room that is left.
    std::atomic<bool> short_of_room{false};
};

/// The document-only fake: no log of its own, marks and pending events inside documents, and the revision moves when
/// pending events are pruned. A note reaches the disk with the next write. Answers on the caller's own thread, at once.
/// What passes on it can be honoured by CouchDB.
std::unique_ptr<store> make_document_store(std::shared_ptr<document_disk> disk,
                                           std::shared_ptr<store_faults> faults = {});

/// One disk per service, kept over the "processes" that open it.
class document_engine final : public store_engine
{
  public:
    using disks = std::map<std::string, std::shared_ptr<document_disk>, std::less<>>;

    document_engine() = default;
    /// Opens copies of these disks.
    explicit document_engine(const disks& left_behind);
    /// From now on opens copies of these.
    void restore(const disks& left_behind);
    std::unique_ptr<store> open(std::string_view service, std::vector<database_schema>) override;
    bool sole_owner() const override { return true; }
    document_disk& disk(std::string_view service) { return *disks_.find(service)->second; }
    /// Copies of all disks at this instant: a process that is started on them is one that began after a death.
    disks snapshot() const;
    std::shared_ptr<store_faults> faults = std::make_shared<store_faults>();

  private:
    disks disks_;
};

} // namespace edm::testing
