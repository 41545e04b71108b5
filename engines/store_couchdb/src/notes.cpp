#include "notes.hpp"

#include <edm/describe/decode.hpp>
#include <edm/describe/encode.hpp>
#include <edm/observability/log.hpp>

#include <algorithm>
#include <utility>

namespace edm::store_couchdb {

namespace log = observability::log;

namespace {

constexpr int most_tries = 20;

} // namespace

notes::notes(server& at, std::string database, std::vector<std::string> others, const options& with)
    : server_(at), database_(std::move(database)), others_(std::move(others)), with_(with.environment),
      look_around_(with.look_around)
{
}

task<stored<nothing>> notes::open()
{
    for (int tries = 0; tries != most_tries; ++tries) {
        auto found = co_await identities(server_, others_, with_);
        auto there = co_await get();
        if (!found || !there)
            co_return std::unexpected(store_failure::away);
        auto next = fitting(*there, *found);
        if (there->_rev && next.databases == there->databases) {
            std::lock_guard lock(mutex_);
            page_ = std::move(*there);
            opened_ = std::move(*found);
            co_return nothing{};
        }
        if (next.epoch != there->epoch && there->_rev)
            log::warning("databases_were_lost", {{"notes", database_}, {"epoch", next.epoch}});
        auto put = co_await server_.send("PUT", path_of(database_, "notes"), encode(next));
        if (put ? !put->ok() && put->status != 409 : put.error() == silence::unsent)
            co_return std::unexpected(store_failure::away);
    }
    co_return std::unexpected(store_failure::away);
}

/// A database that is new to the page was added by a newer version of the service; one that has changed was lost. What
/// was noted goes then: that a subscription was started, though what it had stored may be gone.
notes_page notes::fitting(notes_page there, const by_name<std::string>& found) const
{
    auto now = std::chrono::duration_cast<std::chrono::seconds>(with_.now().time_since_epoch()).count();
    bool lost = !there._rev;
    for (const auto& [database, identity] : found) {
        auto known = there.databases.find(database);
        lost = lost || (known != there.databases.end() && known->second != identity);
        there.databases[database] = identity;
    }
    if (lost) {
        there.epoch = std::max(there.epoch + 1, now);
        there.notes.clear();
    }
    return there;
}

bool notes::as_opened(const notes_page& there, const by_name<std::string>& present)
{
    bool missing = !there._rev, replaced = false;
    for (const auto& [database, identity] : opened_) {
        auto noted = there.databases.find(database);
        auto own = present.find(database);
        missing = missing || own == present.end();
        replaced = replaced || (own != present.end() && own->second != identity) ||
                   (there._rev && (noted == there.databases.end() || noted->second != identity));
    }
    std::lock_guard lock(mutex_);
    if (!missing && !replaced) {
        missing_since_.reset();
        return true;
    }
    // A server that starts may not know its databases for a moment.
    const auto now = std::chrono::steady_clock::now();
    missing_since_ = missing_since_.value_or(now);
    if (replaced || now - *missing_since_ >= 3 * look_around_)
        server_.give_up("the databases of " + database_ +
                        " were removed or replaced while this process ran; start it again");
    return false;
}

task<stored<nothing>> notes::refresh()
{
    changes what;
    {
        std::lock_guard lock(mutex_);
        what = dirty_;
    }
    if (what.empty())
        co_return co_await read();
    co_return co_await write(std::move(what), std::nullopt);
}

task<stored<notes_page>> notes::get() const
{
    auto got = co_await server_.send("GET", path_of(database_, "notes"));
    if (!got || (!got->ok() && got->status != 404))
        co_return std::unexpected(store_failure::away);
    notes_page now;
    if (got->ok()) {
        auto wrong = decode_into(now, got->body, {.lenient = true});
        if (!wrong.empty())
            co_return unreadable("the notes", wrong.front().msg);
    }
    co_return now;
}

task<stored<nothing>> notes::read()
{
    auto present = co_await present_identities(server_, others_);
    auto now = co_await get();
    if (!now || !present || !as_opened(*now, *present))
        co_return std::unexpected(store_failure::away);
    std::lock_guard lock(mutex_);
    page_ = std::move(*now);
    co_return nothing{};
}

/// Each change says what a number is, not by how much it changes: to write it again is harmless.
task<stored<nothing>> notes::write(changes what, std::optional<std::uint32_t> epoch)
{
    for (int tries = 0; tries != most_tries; ++tries) {
        notes_page next;
        {
            std::lock_guard lock(mutex_);
            next = page_;
        }
        for (const auto& [name, value] : what) {
            if (value)
                next.notes[name] = *value;
            else
                next.notes.erase(name);
        }
        if (epoch)
            next.epoch = *epoch;
        auto got = co_await server_.send("PUT", path_of(database_, "notes"), encode(next));
        if (got && got->status == 201) {
            std::lock_guard lock(mutex_);
            for (const auto& [name, value] : what)
                if (auto at = dirty_.find(name); at != dirty_.end() && at->second == value)
                    dirty_.erase(at);
        } else if (got && got->status != 409 && got->status != 404) {
            co_return std::unexpected(store_failure::away);
        } else if (!got && got.error() == silence::unsent) {
            co_return std::unexpected(store_failure::away);
        }
        bool written = got && got->status == 201;
        auto now = co_await read(); // the revision, after a conflict, and what became of a write without an answer
        if (!now)
            co_return std::unexpected(store_failure::away);
        if (written)
            co_return nothing{};
    }
    co_return std::unexpected(store_failure::away);
}

void notes::note(std::string name, std::int64_t value)
{
    std::lock_guard lock(mutex_);
    dirty_[std::move(name)] = value;
}

task<stored<nothing>> notes::note_now(std::string name, std::optional<std::int64_t> value)
{
    changes what;
    {
        std::lock_guard lock(mutex_);
        what = dirty_;
        what[name] = value;
        dirty_ = what; // known at once, and written with the next ones where this write fails
    }
    co_return co_await write(std::move(what), std::nullopt);
}

std::optional<std::int64_t> notes::noted(std::string_view name) const
{
    std::lock_guard lock(mutex_);
    if (auto at = dirty_.find(std::string{name}); at != dirty_.end())
        return at->second;
    auto at = page_.notes.find(name);
    return at == page_.notes.end() ? std::optional<std::int64_t>{} : at->second;
}

std::map<std::string, std::int64_t> notes::all() const
{
    std::lock_guard lock(mutex_);
    std::map<std::string, std::int64_t> out{page_.notes.begin(), page_.notes.end()};
    for (const auto& [name, value] : dirty_) {
        if (value)
            out[name] = *value;
        else
            out.erase(name);
    }
    return out;
}

std::uint32_t notes::epoch() const
{
    std::lock_guard lock(mutex_);
    return static_cast<std::uint32_t>(page_.epoch);
}

task<stored<nothing>> notes::begin_epoch(std::uint32_t epoch)
{
    co_return co_await write({}, epoch);
}

} // namespace edm::store_couchdb
