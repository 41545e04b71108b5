#include "notes.hpp"

namespace edm::store_couchdb {

namespace {

constexpr int most_tries = 20;

} // namespace

notes::notes(server& at, std::string database) : server_(at), database_(std::move(database)) {}

task<stored<nothing>> notes::open()
{
    auto there = co_await read();
    if (!there)
        co_return there;
    bool fresh;
    {
        std::lock_guard lock(mutex_);
        fresh = !page_._rev;
    }
    if (!fresh)
        co_return nothing{};
    co_return co_await write({}, std::nullopt);
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

task<stored<nothing>> notes::read()
{
    auto got = co_await server_.send("GET", path_of(database_, "notes"));
    if (!got || (!got->ok() && got->status != 404))
        co_return std::unexpected(store_failure::away);
    notes_page now;
    if (got->ok()) {
        auto wrong = decode_into(now, got->body, {.lenient = true});
        if (!wrong.empty())
            throw std::runtime_error(database_ + ": the notes do not decode: " + wrong.front().msg);
    }
    std::lock_guard lock(mutex_);
    page_ = std::move(now);
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
        } else if (got && got->status != 409) {
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
