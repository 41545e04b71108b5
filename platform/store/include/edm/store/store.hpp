#pragma once

#include <edm/bus/event.hpp>
#include <edm/core/result.hpp>
#include <edm/core/task.hpp>
#include <edm/core/time.hpp>

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace edm {

/// A database of the service whose store this is, by its place in the schema.
using db_id = std::uint16_t;

/// An opaque revision of a document, compared by equality alone. Empty: the document does not exist.
using revision = std::string;

/// What a database is made of: its name, and the scalar indexes that its owner declared.
struct database_schema
{
    std::string name;
    std::vector<std::string> indexes;
};

/// Work outside the store, decided by a commit and kept in the document until a later commit clears it.
struct due_item
{
    std::string id;               ///< unique within the document
    std::string kind;             ///< which declared work it is
    std::int64_t at = 0;          ///< due time, Unix milliseconds; -1: exhausted, waits for an operator
    std::int64_t lease_until = 0; ///< nobody else begins it before; Unix milliseconds
    std::int64_t attempts = 0;    ///< claims so far
    std::string payload;          ///< JSON of the declared payload
    std::string traceparent;      ///< of the commit that decided it
    std::string reason;           ///< why the last attempt failed
};

/// The sequence of the last event that a document caused on a topic.
struct topic_counter
{
    std::string topic;
    std::uint32_t epoch = 0;
    std::uint64_t counter = 0;
};

/// What the platform keeps around a document's value. It outlives the value: erasing keeps it.
struct envelope
{
    std::int64_t schema = 1;
    std::vector<topic_counter> counters;
    std::vector<due_item> due;
    std::string commit_id; ///< of the last commit: settles an unknown outcome

    sequence counter(std::string_view topic) const;
};

struct mark_key
{
    std::string_view subscription;
    std::string_view key;
};

struct mark
{
    std::string subscription;
    std::string key;
    edm::sequence sequence;
};

/// A document as it is on disk.
struct loaded
{
    edm::revision revision;           ///< empty: there never was such a document
    std::optional<std::string> value; ///< none: absent or erased
    edm::envelope envelope;
    sequence mark; ///< of the mark that was asked for; zero: none
};

struct keep_value
{
};
struct erase_value
{
};

/// A scalar of the document by which `find` lists it.
struct index_value
{
    std::string index;
    std::string value;
};

/// One commit: one document with its events, its due work and the mark of the event that caused it. Atomic.
struct commit
{
    db_id db = 0;
    std::string id;
    revision expected; ///< the revision that was read; empty: the document must not exist
    std::variant<keep_value, erase_value, std::string> value;
    edm::envelope envelope;
    std::vector<index_value> index; ///< with a new value: all index values of the document
    bool indexed = false;           ///< the database declares indexes, so old values may have to go
    bool due_changed = false;       ///< `envelope.due` differs from what was read
    std::vector<event_ptr> events;
    std::vector<mark> marks;
};

/// Why a commit did not happen. After `conflict`, `away` and `full` nothing was stored; after `unknown` nobody knows
/// until the engine has found out, and it serves no document of the file before.
enum class store_failure
{
    conflict,
    away,
    full,
    unknown
};
template <class T>
using stored = std::expected<T, store_failure>;

struct scanned_document
{
    std::string id;
    loaded document;
};

/// An event that a subscription cannot apply now, kept in the subscriber's own store.
struct parked_event
{
    std::string subscription;
    std::string key;
    edm::sequence sequence;
    bool baseline = false;
    bool rebuild = false; ///< a baseline that is to be applied at its mark too: void only below it
    bool gap = false;     ///< waits for an earlier event of its key (else: its handler failed)
    std::int64_t attempts = 0;
    std::int64_t next_at = 0; ///< Unix milliseconds; -1: dead letter
    std::int64_t parked_at = 0;
    std::string reason;
    event_ptr event;
};

/// Which parked events; empty and unset members do not restrict.
struct parked_filter
{
    std::string_view subscription{};
    std::string_view key{};
    std::optional<std::int64_t> due_before{}; ///< `next_at` at or before, dead letters excluded
    bool dead_only = false;
};

struct due_entry
{
    db_id db;
    std::string document;
    std::string item;
    std::int64_t at;
};

/// A committed event with its position in the service's log.
struct logged_event
{
    std::uint64_t position;
    event_ptr event;
};

struct counter_entry
{
    std::string key;
    edm::sequence sequence;
};

/// One service's documents and what the platform keeps with them. Only what a single CouchDB document can honour is
/// atomic: one `commit`. Thread-safe; coroutines resume on the executor that awaited.
class store
{
  public:
    virtual ~store() = default;

    virtual task<stored<loaded>> load(db_id db, std::string id, mark_key mark = {}) = 0;
    /// Compare-and-swap on the revision that was read. Durable when it succeeds.
    virtual task<stored<revision>> commit(edm::commit c) = 0;
    /// Independent commits sent together, a result each; a document at most once.
    virtual task<std::vector<stored<revision>>> commit_many(std::vector<edm::commit> commits) = 0;
    /// Documents in the order of their ids, after `after`, erased ones included (their value is none).
    virtual task<stored<std::vector<scanned_document>>> scan(db_id db, std::string after, std::size_t n) = 0;
    /// Documents whose declared index holds `value`, in the order of their ids.
    virtual task<stored<std::vector<scanned_document>>> find(db_id db, std::string index, std::string value,
                                                             std::string after, std::size_t n) = 0;

    /// Parks, or replaces what is parked at the same subscription, key and sequence. Never atomic with a commit: a
    /// parked event at or below its mark is void.
    virtual task<stored<nothing>> park(parked_event e) = 0;
    virtual task<stored<nothing>> unpark(std::string subscription, std::string key, sequence s) = 0;
    /// Ordered by subscription, key and sequence, at most n, after the given one.
    virtual task<stored<std::vector<parked_event>>> parked(parked_filter filter, std::optional<parked_event> after,
                                                           std::size_t n) = 0;
    /// Whether the subscription may have parked events. Cheap: asked after every event. False is certain as far as this
    /// process parks; where others share the store, it is as old as the engine's last look at it.
    virtual bool may_have_parked(std::string_view subscription) const = 0;

    /// Due work of all documents with `at` at or before `until` (exhausted work excluded), earliest first.
    virtual task<stored<std::vector<due_entry>>> due_before(std::int64_t until, std::size_t n) = 0;
    virtual task<stored<std::vector<due_entry>>> exhausted(std::size_t n) = 0;

    /// From now on counts what is stored under these former names of a subscription, marks and parked events, as its
    /// own. Called at each start before anything is delivered; again it changes nothing. Where a key has a mark under
    /// several names, the highest holds. (Marks that lie in documents stay there until the next commit: reading falls
    /// back to the former names.)
    virtual task<stored<nothing>> adopt(std::string subscription, std::vector<std::string> formerly) = 0;
    virtual task<stored<std::vector<mark>>> marks(std::string subscription, std::string after, std::size_t n) = 0;
    /// The present sequence of each key of a topic, from the documents of `db`, in the order of the keys.
    virtual task<stored<std::vector<counter_entry>>> counters(db_id db, std::string topic, std::string after,
                                                              std::size_t n) = 0;

    /// Committed events after `position` in commit order. Where positions do not last, only those that are not taken
    /// yet; among them are events of other processes that nobody took in time.
    virtual task<stored<std::vector<logged_event>>> pending(std::uint64_t position, std::size_t n) = 0;
    /// Everything up to `position` is with the server that carries events, and is not asked for again. A hint: what it
    /// is lost for comes again. An engine whose pending events lie in documents files them away.
    virtual void taken(std::uint64_t /*position*/) {}
    /// Whether a position means the same after a restart and to other processes. Where not, they begin at 0 in each
    /// process, a cursor cannot be kept, and all that `pending` lists is to be sent.
    virtual bool positions_last() const { return true; }
    /// The events of one key, oldest first, as far as the log still has them.
    virtual task<stored<std::vector<logged_event>>> history(std::string key, std::size_t n) = 0;
    /// The position of the last committed event.
    virtual std::uint64_t tail() const = 0;
    /// Removes events up to `position` that are older than `before`, at most n; returns how many. Where positions do
    /// not last, `position` is ignored: what is filed away was taken.
    virtual task<stored<std::size_t>> prune(std::uint64_t position, time_point before, std::size_t n) = 0;

    /// A small number that rides on the next commit and may lag (a cursor).
    virtual void note(std::string name, std::int64_t value) = 0;
    /// The same, durable when it returns. `nullopt` removes the note.
    virtual task<stored<nothing>> note_now(std::string name, std::optional<std::int64_t> value) = 0;
    virtual std::optional<std::int64_t> noted(std::string_view name) const = 0;
    /// What a process would find that starts now.
    virtual std::optional<std::int64_t> noted_on_disk(std::string_view name) const { return noted(name); }
    virtual std::map<std::string, std::int64_t> notes() const = 0;

    virtual std::uint32_t epoch() const = 0;
    /// Events that are committed from now on carry this epoch, which is higher than the present one: what the store
    /// holds is not what its readers saw of it. Before anything is published by this process.
    virtual task<stored<nothing>> begin_epoch(std::uint32_t epoch) = 0;
    /// Called after each durable group of commits that held events, and when the store can be used again, from any
    /// thread.
    virtual void on_committed(std::function<void()> hint) = 0;
    /// Whether the store can be used now; the sentence says what is wrong. With `disk_full` it serves reads, and takes
    /// commits again once there is room.
    static constexpr std::string_view disk_full = "the disk is full";
    virtual std::optional<std::string> trouble() const = 0;
    /// Whether so little room is left that requests that would publish are to be refused (rule 13). What is committed
    /// all the same is stored, as long as there is room. Cheap; asked many times a second.
    virtual bool short_of_room() const = 0;
    /// Commits and syncs so far, for metrics and benchmarks.
    struct counts
    {
        std::uint64_t commits = 0, syncs = 0, events = 0;
    };
    virtual counts counted() const = 0;
    /// Finishes what was handed over, and closes. No call may follow.
    virtual void close() = 0;
};

/// Opens the stores of services. One engine serves a whole process; the stores outlive it.
class store_engine
{
  public:
    virtual ~store_engine() = default;
    virtual std::unique_ptr<store> open(std::string_view service, std::vector<database_schema> databases) = 0;
    /// Whether this process is the only one that changes the documents it opened.
    virtual bool sole_owner() const = 0;
};

} // namespace edm
