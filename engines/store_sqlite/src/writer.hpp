#pragma once

#include "document_cache.hpp"
#include "file.hpp"

#include <edm/core/executor.hpp>

#include <atomic>
#include <condition_variable>
#include <coroutine>
#include <deque>
#include <functional>
#include <thread>
#include <utility>

namespace edm::store_sqlite {

/// What a job came to, before the group it is in is durable.
class job
{
  public:
    virtual ~job() = default;
    /// Writes inside the group's transaction; keeps its outcome to itself. Throws sqlite_error.
    virtual void apply(write_side& w, std::uint64_t& next_position, std::int64_t now) = 0;
    /// The group is durable (no value), or nothing of it is, or nobody knows. Says whom to resume.
    virtual std::pair<executor*, std::coroutine_handle<>> finish(std::optional<store_failure> group) = 0;
    /// The commit that is durable now, for what is kept in memory; null where there is none.
    virtual const edm::commit* written() const { return nullptr; }
    /// Of what was written.
    virtual const revision& stored_as() const;
    virtual std::uint64_t first_position() const { return 0; }
    /// Whether it changed marks otherwise than by a commit: then none that is kept in memory before it is true.
    virtual bool moves_marks() const { return false; }
};

/// The last events of the log, in memory.
class recent_events
{
  public:
    explicit recent_events(std::size_t limit) : limit_(limit) {}
    void append(std::uint64_t position, event_ptr e);
    void clear();
    /// Events after `position`, or nothing where the ring does not reach back that far.
    std::optional<std::vector<logged_event>> after(std::uint64_t position, std::size_t n) const;

  private:
    mutable std::mutex mutex_;
    std::size_t limit_;
    std::deque<logged_event> events_;
};

/// The thread that owns a file: it takes all jobs that wait, makes them durable with one sync, checkpoints when idle,
/// and reopens the file when a sync failed.
class writer
{
  public:
    writer(std::filesystem::path file, const options& o, name_table& names, std::function<void()> reopened);
    ~writer();

    void push(job& j);
    void push_many(std::vector<job*> jobs);
    void note(std::string name, std::int64_t value);
    std::optional<std::int64_t> noted(std::string_view name) const;
    std::optional<std::int64_t> noted_on_disk(std::string_view name) const;
    std::map<std::string, std::int64_t> notes() const;
    /// Drops what was noted under this name and is not written yet: a job is about to write it.
    void forget(std::string_view name);
    /// Records a note that a job has written, unless it was noted anew meanwhile.
    void remember(std::string_view name, std::optional<std::int64_t> value);

    void on_committed(std::function<void()> hint);
    std::optional<std::string> trouble() const;
    /// Whether documents may be read: not while the outcome of a commit is unknown.
    bool readable() const { return readable_.load(std::memory_order_acquire); }
    void close();

    std::uint64_t tail() const { return tail_.load(std::memory_order_acquire); }
    std::uint32_t epoch() const { return epoch_.load(std::memory_order_acquire); }
    void set_epoch(std::uint32_t epoch) { epoch_.store(epoch, std::memory_order_release); }
    recent_events& recent() { return recent_; }
    document_cache& cache() { return cache_; }
    store::counts counted() const { return {commits_.load(), syncs_.load(), events_.load()}; }

  private:
    void work();
    void run_group(std::vector<job*>& group);
    std::optional<store_failure> write_group(std::vector<job*>& group, std::uint64_t& next);
    void write_notes();
    void keep_notes();
    void notes_are_written();
    bool reload_names();
    void finish(std::vector<job*>& group, std::optional<store_failure> outcome);
    void checkpoint_if_worthwhile(bool idle);
    void reopen();
    void set_trouble(std::optional<std::string> what, bool readable);

    std::filesystem::path file_;
    const options options_; ///< its own: a store outlives the engine that opened it
    name_table& names_;
    std::function<void()> reopened_;
    std::unique_ptr<write_side> side_;
    recent_events recent_;
    document_cache cache_;
    std::atomic<std::uint32_t> epoch_{1};

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<job*> waiting_;
    bool closing_ = false;
    std::map<std::string, std::int64_t, std::less<>> notes_;
    std::map<std::string, std::int64_t, std::less<>> dirty_notes_;
    std::map<std::string, std::int64_t, std::less<>> disk_notes_;    ///< as the last durable group left them
    std::map<std::string, std::int64_t, std::less<>> writing_notes_; ///< in the transaction; the thread's own
    std::optional<std::string> trouble_;
    std::atomic<bool> readable_{true};
    std::function<void()> hint_;
    std::atomic<std::uint64_t> tail_{0}, commits_{0}, syncs_{0}, events_{0};
    std::thread thread_;
};

} // namespace edm::store_sqlite
