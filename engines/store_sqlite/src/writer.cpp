#include "writer.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

namespace edm::store_sqlite {

const revision& job::stored_as() const
{
    static const revision none;
    return none;
}

void recent_events::append(std::uint64_t position, event_ptr e)
{
    std::lock_guard lock(mutex_);
    events_.push_back({position, std::move(e)});
    if (events_.size() > limit_)
        events_.pop_front();
}

void recent_events::clear()
{
    std::lock_guard lock(mutex_);
    events_.clear();
}

std::optional<std::vector<logged_event>> recent_events::after(std::uint64_t position, std::size_t n) const
{
    std::lock_guard lock(mutex_);
    if (events_.empty() || position + 1 < events_.front().position)
        return {};
    auto first = std::upper_bound(events_.begin(), events_.end(), position,
                                  [](std::uint64_t p, const logged_event& e) { return p < e.position; });
    auto last =
        first + static_cast<std::ptrdiff_t>(std::min<std::size_t>(n, static_cast<std::size_t>(events_.end() - first)));
    return std::vector<logged_event>(first, last);
}

writer::writer(std::filesystem::path file, const options& o, name_table& names, std::function<void()> reopened)
    : file_(std::move(file)), options_(o), names_(names), reopened_(std::move(reopened)), recent_(o.recent_events),
      cache_(o.cached_bytes)
{
    side_ = std::make_unique<write_side>(file_, options_.synchronous, names_);
    epoch_ = side_->epoch();
    tail_ = side_->last_position();
    statement all(side_->link(), "SELECT name, value FROM note");
    all.bind();
    while (all.step())
        notes_.emplace(all.text(0), all.integer(1));
    disk_notes_ = notes_;
    thread_ = std::thread([this] { work(); });
}

writer::~writer()
{
    close();
}

void writer::close()
{
    {
        std::lock_guard lock(mutex_);
        if (closing_ && !thread_.joinable())
            return;
        closing_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable())
        thread_.join();
}

void writer::push(job& j)
{
    bool first;
    {
        std::lock_guard lock(mutex_);
        first = waiting_.empty();
        waiting_.push_back(&j);
    }
    if (first)
        wake_.notify_one();
}

void writer::push_many(std::vector<job*> jobs)
{
    {
        std::lock_guard lock(mutex_);
        waiting_.insert(waiting_.end(), jobs.begin(), jobs.end());
    }
    wake_.notify_one();
}

void writer::note(std::string name, std::int64_t value)
{
    std::lock_guard lock(mutex_);
    notes_[name] = value;
    dirty_notes_[std::move(name)] = value;
}

std::optional<std::int64_t> writer::noted(std::string_view name) const
{
    std::lock_guard lock(mutex_);
    auto at = notes_.find(name);
    if (at == notes_.end())
        return {};
    return at->second;
}

std::optional<std::int64_t> writer::noted_on_disk(std::string_view name) const
{
    std::lock_guard lock(mutex_);
    auto at = disk_notes_.find(name);
    return at == disk_notes_.end() ? std::nullopt : std::optional{at->second};
}

std::map<std::string, std::int64_t> writer::notes() const
{
    std::lock_guard lock(mutex_);
    return {notes_.begin(), notes_.end()};
}

void writer::forget(std::string_view name)
{
    std::lock_guard lock(mutex_);
    if (auto at = dirty_notes_.find(name); at != dirty_notes_.end())
        dirty_notes_.erase(at);
}

void writer::remember(std::string_view name, std::optional<std::int64_t> value)
{
    std::lock_guard lock(mutex_);
    auto keep_in = [&](auto& notes) {
        if (value)
            notes[std::string{name}] = *value;
        else if (auto at = notes.find(name); at != notes.end())
            notes.erase(at);
    };
    keep_in(disk_notes_);
    if (!dirty_notes_.contains(name))
        keep_in(notes_);
}

void writer::on_committed(std::function<void()> hint)
{
    std::lock_guard lock(mutex_);
    hint_ = std::move(hint);
}

std::optional<std::string> writer::trouble() const
{
    std::lock_guard lock(mutex_);
    return trouble_;
}

void writer::set_trouble(std::optional<std::string> what, bool readable)
{
    std::lock_guard lock(mutex_);
    trouble_ = std::move(what);
    readable_.store(readable, std::memory_order_release);
}

void writer::work()
{
    std::vector<job*> group;
    for (;;) {
        bool idle_work = false;
        {
            std::unique_lock lock(mutex_);
            auto ready = [&] { return !waiting_.empty() || closing_; };
            if (!ready() && side_ && side_->wal_pages() >= options_.checkpoint_pages) {
                lock.unlock();
                checkpoint_if_worthwhile(true);
                lock.lock();
            }
            // An idle cursor is written now and then. A file that is away is opened again without a write to ask for
            // it: who finds it away does not write.
            if (!wake_.wait_for(lock, side_ ? std::chrono::milliseconds{2000} : std::chrono::milliseconds{250}, ready))
                idle_work = !side_ || !dirty_notes_.empty();
            if (waiting_.empty() && closing_)
                break;
            auto n = std::min(waiting_.size(), options_.group_limit);
            group.assign(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(n));
            waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(n));
        }
        if (!group.empty() || idle_work)
            run_group(group);
        group.clear();
    }
    try {
        if (side_) {
            side_->begin();
            write_notes();
            side_->commit();
            side_->checkpoint(true);
        }
    } catch (const sqlite_error& e) {
        spdlog::warn("{}: closing: {}", file_.filename().string(), e.what());
    }
    side_.reset();
}

void writer::run_group(std::vector<job*>& group)
{
    bool was_away = !side_;
    if (was_away)
        reopen();
    if (!side_) {
        finish(group, store_failure::away);
        return;
    }
    auto next = tail_.load() + 1;
    auto outcome = write_group(group, next);
    if (outcome == store_failure::unknown) {
        // Nobody may read or write before the engine knows: reopen, checkpoint, then dispatch what the file holds.
        side_.reset();
        reopen();
    }
    if (!outcome) {
        for (auto* j : group) {
            if (j->moves_marks())
                cache_.clear();
            if (auto* c = j->written()) {
                commits_.fetch_add(1, std::memory_order_relaxed);
                auto position = j->first_position();
                for (const auto& e : c->events)
                    recent_.append(position++, e);
                cache_.put(*c, j->stored_as());
            }
        }
    }
    cache_.settle();
    bool grown = !outcome && next != tail_.load() + 1;
    if (grown) {
        events_.fetch_add(next - 1 - tail_.load(), std::memory_order_relaxed);
        tail_.store(next - 1, std::memory_order_release);
    }
    finish(group, outcome);
    if (grown || was_away || outcome == store_failure::unknown) {
        std::function<void()> hint;
        {
            std::lock_guard lock(mutex_);
            hint = hint_;
        }
        if (hint)
            hint();
    }
    checkpoint_if_worthwhile(false);
}

std::optional<store_failure> writer::write_group(std::vector<job*>& group, std::uint64_t& next)
{
    auto first = next;
    const std::int64_t now = options_.clock->now().time_since_epoch().count();
    bool committing = false;
    try {
        side_->begin();
        write_notes(); // before the jobs: a note that a job writes is the newer one
        auto changes = sqlite3_total_changes(side_->link().handle());
        for (auto* j : group)
            j->apply(*side_, next, now); // what fails here takes the whole group with it
        if (side_->has_moved())
            throw sqlite_error(SQLITE_IOERR, "the file was moved or removed");
        if (!group.empty() && sqlite3_total_changes(side_->link().handle()) == changes) {
            // Every job lost its race or had nothing to do. Notes ride on commits; they are worth no sync of their own.
            side_->rollback();
            if (side_->in_transaction())
                throw sqlite_error(SQLITE_IOERR, "an empty transaction could not be ended");
            keep_notes();
            set_trouble({}, true);
            return {};
        }
        committing = true;
        cache_.unsettle();
        side_->commit();
        syncs_.fetch_add(1, std::memory_order_relaxed);
        notes_are_written();
        set_trouble({}, true);
        return {};
    } catch (const sqlite_error& e) {
        spdlog::error("{}: {}", file_.filename().string(), e.what());
        next = first;
        keep_notes();
        bool full = side_->no_room(e);
        side_->rollback();
        bool open = side_->in_transaction();
        if (full && !open && reload_names()) {
            set_trouble(std::string{store::disk_full}, true);
            return store_failure::full;
        }
        set_trouble(e.what(), false);
        if (open || (committing && !full))
            return store_failure::unknown;
        side_.reset(); // names that were rolled back are read again when the file is opened
        return store_failure::away;
    }
}

void writer::write_notes()
{
    {
        std::lock_guard lock(mutex_);
        writing_notes_.swap(dirty_notes_);
    }
    for (const auto& [name, value] : writing_notes_)
        side_->note(name, value);
}

void writer::notes_are_written()
{
    std::lock_guard lock(mutex_);
    for (const auto& [name, value] : writing_notes_)
        disk_notes_[name] = value;
    writing_notes_.clear();
}

/// The transaction failed: its notes wait for the next one.
void writer::keep_notes()
{
    std::lock_guard lock(mutex_);
    dirty_notes_.merge(writing_notes_);
    writing_notes_.clear();
}

bool writer::reload_names()
{
    try {
        names_.load(side_->link());
        return true;
    } catch (const sqlite_error&) {
        return false;
    }
}

void writer::finish(std::vector<job*>& group, std::optional<store_failure> outcome)
{
    // One wake-up per executor, not one per commit. A job must not be touched once its coroutine may run.
    std::vector<std::pair<executor*, std::vector<std::coroutine_handle<>>>> homes;
    std::vector<std::coroutine_handle<>> here;
    for (auto* j : group) {
        auto [home, handle] = j->finish(outcome);
        if (!home) {
            here.push_back(handle);
            continue;
        }
        auto at = std::find_if(homes.begin(), homes.end(), [&](const auto& one) { return one.first == home; });
        if (at == homes.end())
            at = homes.insert(homes.end(), {home, {}});
        at->second.push_back(handle);
    }
    for (auto& [home, handles] : homes)
        home->post([handles = std::move(handles)] {
            for (auto handle : handles)
                handle.resume();
        });
    for (auto handle : here)
        handle.resume();
}

void writer::checkpoint_if_worthwhile(bool idle)
{
    if (!side_ || side_->wal_pages() < (idle ? options_.checkpoint_pages : options_.forced_checkpoint_pages))
        return;
    try {
        side_->checkpoint(false);
    } catch (const sqlite_error& e) {
        spdlog::warn("{}: checkpoint: {}", file_.filename().string(), e.what());
    }
}

void writer::reopen()
{
    recent_.clear();
    cache_.clear();
    reopened_();
    try {
        std::error_code problem;
        if (!std::filesystem::exists(file_, problem))
            throw sqlite_error(SQLITE_CANTOPEN, "the file is gone");
        auto side = std::make_unique<write_side>(file_, options_.synchronous, names_);
        if (!side->checkpoint(true))
            throw sqlite_error(SQLITE_BUSY, "the log could not be checkpointed");
        tail_.store(side->last_position(), std::memory_order_release);
        side_ = std::move(side);
        set_trouble({}, true);
        spdlog::info("{}: reopened", file_.filename().string());
    } catch (const sqlite_error& e) {
        if (trouble() != e.what())
            spdlog::error("{}: cannot be reopened: {}", file_.filename().string(), e.what());
        set_trouble(e.what(), false);
    }
}

} // namespace edm::store_sqlite
