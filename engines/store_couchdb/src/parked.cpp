#include "parked.hpp"

#include <edm/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace edm::store_couchdb {

namespace {

constexpr int most_tries = 20;

struct parked_document
{
    std::string _id;
    std::optional<std::string> _rev;
    std::string subscription, key, sequence, topic, bytes, reason;
    bool baseline = false, rebuild = false, gap = false;
    std::int64_t attempts = 0, next_at = 0, parked_at = 0;
};
BOOST_DESCRIBE_STRUCT(parked_document, (),
                      (_id, _rev, subscription, key, sequence, topic, bytes, reason, baseline, rebuild, gap, attempts,
                       next_at, parked_at))

struct revision_only
{
    std::string _rev;
};
BOOST_DESCRIBE_STRUCT(revision_only, (), (_rev))

/// A line feed sorts before all that a name or key is made of.
std::string id_of(std::string_view subscription, std::string_view key, sequence s)
{
    return fmt::format("p:{}\n{}\n{}", subscription, key, s.text());
}

parked_event event_of(parked_document d)
{
    auto place = sequence::parse(d.sequence).value_or(sequence{});
    parked_event e{.subscription = std::move(d.subscription),
                   .key = std::move(d.key),
                   .sequence = place,
                   .baseline = d.baseline,
                   .rebuild = d.rebuild,
                   .gap = d.gap,
                   .attempts = d.attempts,
                   .next_at = d.next_at,
                   .parked_at = d.parked_at,
                   .reason = std::move(d.reason),
                   .event = nullptr};
    e.event = std::make_shared<recorded_event>(
        recorded_event{std::move(d.topic), e.key, e.sequence, e.baseline, std::move(d.bytes)});
    return e;
}

std::string revision_in(const std::expected<answer, silence>& got)
{
    auto read = got && got->ok() ? decode<revision_only>(got->body, {.lenient = true}) : revision_only{};
    return read ? read->_rev : std::string{};
}

bool passes(const parked_event& e, const parked_filter& f)
{
    return (f.subscription.empty() || e.subscription == f.subscription) && (f.key.empty() || e.key == f.key) &&
           (!f.due_before || (e.next_at >= 0 && e.next_at <= *f.due_before)) && (!f.dead_only || e.next_at < 0);
}

} // namespace

parked_events::parked_events(server& at, std::string database) : server_(at), database_(std::move(database)) {}

/// What lies there is replaced, whoever wrote it: to write the same again is harmless.
task<stored<nothing>> parked_events::park(parked_event e)
{
    may_have_now(e.subscription);
    parked_document d{id_of(e.subscription, e.key, e.sequence),
                      {},
                      e.subscription,
                      e.key,
                      e.sequence.text(),
                      e.event->topic,
                      e.event->bytes,
                      e.reason,
                      e.baseline,
                      e.rebuild,
                      e.gap,
                      e.attempts,
                      e.next_at,
                      e.parked_at};
    const auto path = path_of(database_, d._id);
    for (int tries = 0; tries != most_tries; ++tries) {
        auto got = co_await server_.send("PUT", path, encode(d));
        if (got && got->status == 201) {
            may_have_now(e.subscription);
            co_return nothing{};
        }
        if ((got && got->status != 409) || (!got && got.error() == silence::unsent))
            co_return std::unexpected(store_failure::away);
        auto there = co_await server_.send("GET", path);
        if (!there || there->failed())
            co_return std::unexpected(store_failure::away);
        d._rev = there->ok() ? std::optional{revision_in(there)} : std::nullopt;
    }
    co_return std::unexpected(store_failure::away);
}

task<stored<nothing>> parked_events::unpark(std::string subscription, std::string key, sequence s)
{
    const auto path = path_of(database_, id_of(subscription, key, s));
    for (int tries = 0;; ++tries) {
        auto there = co_await server_.send("GET", path);
        if (!there || there->failed() || tries == most_tries)
            co_return std::unexpected(store_failure::away);
        if (there->status == 404)
            break;
        auto gone = co_await server_.send("DELETE", path + "?rev=" + percent_encode(revision_in(there)));
        if (gone && gone->ok())
            break;
        if (!gone && gone.error() == silence::unsent)
            co_return std::unexpected(store_failure::away);
    }
    auto more = co_await any_of(subscription);
    if (more && !*more) {
        std::lock_guard lock(mutex_);
        subscriptions_.erase(subscription);
    }
    co_return nothing{};
}

task<stored<bool>> parked_events::any_of(std::string subscription)
{
    auto first = co_await list({.subscription = subscription}, {}, 1);
    if (!first)
        co_return std::unexpected(first.error());
    co_return !first->empty();
}

task<stored<bool>> parked_events::any_due(std::int64_t until)
{
    auto rows = co_await view_rows(server_, database_, parked_views, "next",
                                   {.start_key = "0", .end_key = std::to_string(until), .limit = 1});
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return !rows->empty();
}

task<stored<std::vector<parked_event>>> parked_events::list(parked_filter f, std::optional<parked_event> after,
                                                            std::size_t n)
{
    std::vector<parked_event> out;
    if (f.due_before) {
        auto due = co_await any_due(*f.due_before);
        if (!due)
            co_return std::unexpected(due.error());
        if (!*due)
            co_return out;
    }
    // The filter's views name what the caller keeps alive; a page is asked for while it waits.
    std::string start = "p:", end = "p;";
    if (!f.subscription.empty()) {
        start = fmt::format("p:{}\n", f.subscription);
        end = fmt::format("p:{}\v", f.subscription);
        if (!f.key.empty()) {
            end = fmt::format("{}{}\v", start, f.key);
            start += fmt::format("{}\n", f.key);
        }
    }
    std::string seen;
    if (after)
        seen = id_of(after->subscription, after->key, after->sequence);
    const std::size_t page = n == 1 ? 2 : 500;
    for (;;) {
        if (seen > start)
            start = seen;
        auto rows = co_await all_documents(
            server_, database_,
            {.start_key = text_key(start), .end_key = text_key(end), .limit = page, .documents = true});
        if (!rows)
            co_return std::unexpected(rows.error());
        for (auto& r : *rows) {
            if (!r.has_document() || r.id <= seen)
                continue;
            seen = r.id;
            auto d = decode<parked_document>(r.doc->value, {.lenient = true});
            if (!d)
                co_return unreadable("a parked event", d.error().front().msg);
            auto e = event_of(std::move(*d));
            if (!passes(e, f))
                continue;
            out.push_back(std::move(e));
            if (out.size() == n)
                co_return out;
        }
        if (rows->size() < page)
            co_return out;
        seen = std::max(seen, rows->back().id);
    }
}

bool parked_events::may_have(std::string_view subscription) const
{
    std::lock_guard lock(mutex_);
    return subscriptions_.contains(subscription);
}

void parked_events::may_have_now(const std::string& subscription)
{
    std::lock_guard lock(mutex_);
    subscriptions_.insert(subscription);
    fresh_.insert(subscription);
}

/// Goes from one subscription to the next, over whatever it has.
task<stored<nothing>> parked_events::refresh()
{
    {
        std::lock_guard lock(mutex_);
        fresh_.clear();
    }
    std::set<std::string, std::less<>> found;
    std::string start = "p:";
    for (;;) {
        auto rows = co_await all_documents(server_, database_,
                                           {.start_key = text_key(start), .end_key = text_key("p;"), .limit = 1});
        if (!rows)
            co_return std::unexpected(rows.error());
        if (rows->empty())
            break;
        auto name = rows->front().id.substr(2);
        name.resize(std::min(name.size(), name.find('\n')));
        start = fmt::format("p:{}\v", name);
        found.insert(std::move(name));
    }
    std::lock_guard lock(mutex_);
    found.insert(fresh_.begin(), fresh_.end());
    subscriptions_ = std::move(found);
    co_return nothing{};
}

} // namespace edm::store_couchdb
