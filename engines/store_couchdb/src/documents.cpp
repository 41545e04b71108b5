#include "documents.hpp"

#include <edm/core/text.hpp>
#include <edm/observability/log.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace edm::store_couchdb {

namespace log = observability::log;

namespace {

constexpr std::size_t largest_bulk = 500, largest_bulk_bytes = 4 << 20;
constexpr milliseconds pause{50};
constexpr int most_prunings = 50; ///< that may come between a read and its write

/// Whether a document was refused because it, or the disk, is too full.
bool is_full(int status)
{
    return status == 413 || status == 507;
}

} // namespace

documents::documents(server& at, const options& with, std::vector<std::string> databases, held_documents& held,
                     outbox& events)
    : server_(at), environment_(with.environment), patience_(with.patience), databases_(std::move(databases)),
      held_(held), outbox_(events), writes_(at, databases_)
{
}

task<stored<nothing>> documents::open()
{
    auto got = co_await server_.send("GET", "/");
    if (!got || !got->ok())
        co_return std::unexpected(store_failure::away);
    if (got->body.find(R"("couchdb":"Welcome")") != std::string::npos)
        writes_.begin_together();
    co_return nothing{};
}

task<stored<loaded>> documents::load(db_id db, std::string id, mark_key m)
{
    const std::string subscription{m.subscription}, key{m.key};
    if (in_doubt(db, id))
        co_return std::unexpected(store_failure::away);
    auto found = co_await fetch(db, id);
    if (!found)
        co_return std::unexpected(found.error());
    if (!*found)
        co_return loaded{};
    co_return view(**found, names_of(subscription), key);
}

task<stored<held_document>> documents::fetch(db_id db, std::string id)
{
    auto got = co_await server_.send("GET", path_of(databases_[db], wire_id(id)));
    if (!got || (!got->ok() && got->status != 404))
        co_return std::unexpected(store_failure::away);
    if (got->status == 404) {
        if (got->lacks_database()) {
            log::error("couchdb_database_missing", {{"database", databases_[db]}});
            co_return std::unexpected(store_failure::away);
        }
        co_return held_document{};
    }
    auto read = read_document(got->body);
    if (!read)
        co_return std::unexpected(read.error());
    auto d = std::make_shared<const document>(std::move(*read));
    held_.put(db, d);
    co_return d;
}

document documents::next(const attempt& a, const held_document& base) const
{
    auto d = base ? *base : document{};
    outbox_.strip(a.what.db, d);
    return apply(std::move(d), a.what, a.id, now_ms(), [this](const std::string& name) { return names_of(name); });
}

stored<revision> documents::success(const attempt& a, document written)
{
    commits_.fetch_add(1, std::memory_order_relaxed);
    events_.fetch_add(a.what.events.size(), std::memory_order_relaxed);
    if (!written.pending.empty())
        outbox_.add(a.what.db, written);
    held_.put(a.what.db, std::make_shared<const document>(std::move(written)));
    return a.id;
}

task<stored<revision>> documents::commit(edm::commit c)
{
    attempt a{std::move(c), new_commit_id()};
    if (in_doubt(a.what.db, a.what.id))
        co_return std::unexpected(store_failure::away);
    std::optional<held_document> base;
    if (a.what.expected.empty()) {
        base.emplace();
    } else if (auto known = held_.get(a.what.db, a.what.id); known && known->revision() == a.what.expected) {
        base = std::move(known);
    }
    co_return co_await carry_through(std::move(a), std::move(base), std::chrono::steady_clock::now() + patience_);
}

/// Writes on what was read until the server says what became of it. Between the read and the write events may have been
/// filed away: CouchDB's revision moves then, and the id of the last commit, by which the document is compared, does
/// not. A write without an answer is repeated on the same revision, so that at most one of them takes place.
task<stored<revision>> documents::carry_through(attempt a, std::optional<held_document> base,
                                                std::chrono::steady_clock::time_point until)
{
    const auto db = a.what.db;
    for (int tries = 0; std::chrono::steady_clock::now() < until; ++tries) {
        if (!base) {
            auto now = co_await fetch(db, a.what.id);
            if (now)
                base = std::move(*now);
            else if (!a.open)
                co_return std::unexpected(store_failure::away);
        }
        if (base) {
            switch (compare(base->get(), a.what.expected, a.id)) {
            case standing::before:
                break;
            case standing::stored:
                co_return success(a, **base);
            case standing::conflict:
                co_return std::unexpected(store_failure::conflict);
            case standing::untold:
                if (!a.open) // each write of it was refused, so it can be nowhere
                    co_return std::unexpected(store_failure::conflict);
                log::error("commit_untold", {{"database", databases_[db]}});
                co_return std::unexpected(store_failure::unknown);
            }
            auto written = next(a, *base);
            auto got = co_await writes_.write(db, written._id, write_document(written));
            if (got && got->status == 201) {
                written._rev = std::move(got->rev);
                co_return success(a, std::move(written));
            }
            if (got && is_full(got->status) && !a.open)
                co_return std::unexpected(store_failure::full);
            bool refused = got && got->status < 500 && got->status != 409 && got->status != 202;
            if (!a.open && (refused || (!got && got.error() == silence::unsent))) {
                if (got)
                    log::error("couchdb_refuses", {{"write", databases_[db]}, {"status", std::uint64_t(got->status)}});
                co_return std::unexpected(store_failure::away);
            }
            a.open = a.open || !got || got->status != 409;
            base.reset();
            if (!a.open && tries < most_prunings)
                continue;
            if (!a.open)
                co_return std::unexpected(store_failure::conflict);
        }
        co_await sleep_for(pause);
    }
    if (!a.open)
        co_return std::unexpected(store_failure::away);
    {
        std::lock_guard lock(mutex_);
        in_doubt_.emplace(db, a.what.id);
    }
    log::warning("commit_in_doubt", {{"database", databases_[db]}});
    spawn([](std::shared_ptr<documents> self, attempt a) -> task<> {
        co_await self->settle(std::move(a));
    }(shared_from_this(), std::move(a)));
    co_return std::unexpected(store_failure::unknown);
}

/// Nobody reads or writes the document until it is known what became of a commit whose outcome was answered as unknown.
task<> documents::settle(attempt a)
{
    const auto db = a.what.db;
    const auto id = a.what.id;
    for (;;) {
        auto now = co_await fetch(db, id);
        if (!now) {
            co_await sleep_for(10 * pause);
            continue;
        }
        auto how = compare(now->get(), a.what.expected, a.id);
        if (how == standing::before) {
            // What was sent may arrive still. A write that changes nothing but the revision makes sure that it cannot.
            auto same = *now ? **now : document{._id = wire_id(id)};
            if (!*now)
                same.commits.push_back(new_commit_id());
            auto got = co_await server_.send("PUT", path_of(databases_[db], same._id), write_document(same));
            if (!got || got->status != 201) {
                co_await sleep_for(10 * pause);
                continue;
            }
        } else if (how == standing::stored) {
            success(a, **now);
        }
        log::info("commit_settled", {{"database", databases_[db]}, {"stored", how == standing::stored}});
        std::lock_guard lock(mutex_);
        in_doubt_.erase({db, id});
        co_return;
    }
}

task<std::vector<stored<revision>>> documents::commit_many(std::vector<edm::commit> commits)
{
    std::vector<stored<revision>> out(commits.size(), std::unexpected(store_failure::away));
    for (std::size_t from = 0; from != commits.size();) {
        // A run of one database, as large as one request may be.
        const auto db = commits[from].db;
        std::vector<attempt> these;
        std::vector<std::optional<document>> written; // none: has to be read first
        std::vector<std::string> bodies;
        std::set<std::size_t> doubtful;
        std::size_t bytes = 0, upto = from;
        for (; upto != commits.size() && commits[upto].db == db && these.size() != largest_bulk &&
               bytes < largest_bulk_bytes;
             ++upto) {
            auto& c = commits[upto];
            std::optional<held_document> base;
            if (in_doubt(db, c.id))
                doubtful.insert(upto - from);
            else if (c.expected.empty())
                base.emplace();
            else if (auto known = held_.get(db, c.id); known && known->revision() == c.expected)
                base = std::move(known);
            these.push_back({std::move(c), new_commit_id()});
            written.emplace_back();
            if (base) {
                written.back() = next(these.back(), *base);
                bodies.push_back(write_document(*written.back()));
                bytes += bodies.back().size();
            }
        }
        auto rows = co_await write_documents(server_, databases_[db], std::move(bodies));
        const auto until = std::chrono::steady_clock::now() + patience_; // of all of them
        std::size_t row = 0;
        for (std::size_t i = 0; i != these.size(); ++i) {
            auto& a = these[i];
            if (doubtful.contains(i))
                continue; // away
            const written_row* said = written[i] && rows ? &(*rows)[row++] : nullptr;
            if (said && said->error.empty()) {
                written[i]->_rev = said->rev;
                out[from + i] = success(a, std::move(*written[i]));
                continue;
            }
            if (written[i] && !rows && rows.error() == silence::unsent)
                continue;                                   // away
            const int status = said ? status_of(*said) : 0; // 0: not sent, or not answered
            if (is_full(status)) {
                out[from + i] = std::unexpected(store_failure::full);
                continue;
            }
            a.open = written[i] && (!said || status >= 500);
            auto alone = co_await carry_through(std::move(a), std::nullopt, until);
            out[from + i] = std::move(alone);
        }
        from = upto;
    }
    co_return out;
}

bool documents::in_doubt(db_id db, std::string_view id) const
{
    std::lock_guard lock(mutex_);
    return !in_doubt_.empty() && in_doubt_.contains(std::pair{db, std::string{id}});
}

std::string documents::new_commit_id() const
{
    return environment_.random->hex(8);
}

void documents::adopt(std::string subscription, std::vector<std::string> formerly)
{
    std::lock_guard lock(mutex_);
    formerly_.insert_or_assign(std::move(subscription), std::move(formerly));
}

/// The present name first.
std::vector<std::string> documents::names_of(const std::string& subscription) const
{
    std::lock_guard lock(mutex_);
    std::vector<std::string> names{subscription};
    if (auto at = formerly_.find(subscription); at != formerly_.end())
        names.insert(names.end(), at->second.begin(), at->second.end());
    return names;
}

} // namespace edm::store_couchdb
