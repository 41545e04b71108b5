#include "impl.hpp"
#include "subscriber.hpp"

#include <edm/describe/describe.hpp>

#include <fmt/format.h>

#include <set>

namespace edm {

namespace {

constexpr std::size_t page_size = 500;

/// Reads every page of a listing that continues after a key.
template <class Read, class Each>
task<> every(Read read, Each each)
{
    std::string after;
    for (;;) {
        auto page = co_await read(after);
        if (!page)
            throw std::runtime_error("a store is away; the audit is not complete");
        for (auto& one : *page) {
            after = one.key;
            each(one);
        }
        if (page->size() < page_size)
            co_return;
    }
}

/// All parked events of a filter.
task<std::vector<parked_event>> all_parked(store& s, parked_filter f)
{
    std::vector<parked_event> all;
    std::optional<parked_event> last;
    for (;;) {
        auto page = co_await s.parked(f, last, page_size);
        if (!page)
            throw std::runtime_error("a store is away; the audit is not complete");
        for (auto& e : *page)
            all.push_back(e);
        if (page->size() < page_size)
            co_return all;
        last = page->back();
    }
}

/// The events of a topic that the log holds above a cursor, by key: what may still be on its way.
task<std::map<std::string, std::set<sequence>>> on_its_way(store& log, std::string topic, std::uint64_t cursor)
{
    std::map<std::string, std::set<sequence>> by_key;
    for (;;) {
        auto page = co_await log.pending(cursor, page_size);
        if (!page)
            throw std::runtime_error("a store is away; the audit is not complete");
        for (auto& one : *page) {
            cursor = one.position;
            if (one.event->topic == topic)
                by_key[one.event->key].insert(one.event->sequence);
        }
        if (page->size() < page_size)
            co_return by_key;
    }
}

} // namespace

task<std::vector<audit_row>> delivery::audit()
{
    std::vector<audit_row> rows;
    for (auto& [name, to] : impl_->subscribers_) {
        const auto& declared = to->declared();
        const auto* topic = impl_->parts_.declared->topic(declared.topic);
        auto publisher = impl_->services_.find(topic->service);
        if (publisher == impl_->services_.end())
            continue;
        audit_row row{.subscription = name, .topic = topic->name};
        store& from = *publisher->second.store;
        store& at = *to->service().store;
        // Read before all else: a pass that ends meanwhile has set its marks by the time they are read.
        const bool baseline_on_its_way = at.noted("baseline/" + name).has_value();
        // The publisher's side first: what is applied meanwhile only makes marks higher, never an event look lost.
        std::map<std::string, sequence> published;
        auto counters = [&](std::string after) {
            return from.counters(topic->db, topic->name, std::move(after), page_size);
        };
        co_await every(counters, [&](const counter_entry& c) { published.emplace(c.key, c.sequence); });
        // In the order in which an event passes: what moves on meanwhile is seen twice, never not at all.
        std::map<std::string, std::uint64_t> parked;
        auto way =
            co_await on_its_way(from, topic->name, static_cast<std::uint64_t>(at.noted("cursor/" + name).value_or(0)));
        auto waiting = co_await all_parked(at, {.subscription = name});
        std::map<std::string, sequence> marks;
        auto read_marks = [&](std::string after) { return at.marks(name, std::move(after), page_size); };
        co_await every(read_marks, [&](const mark& m) { marks.emplace(m.key, m.sequence); });
        for (const auto& e : waiting) {
            auto m = marks.find(e.key);
            if (m != marks.end() && (e.rebuild ? e.sequence < m->second : e.sequence <= m->second))
                continue;
            // A parked baseline stands for everything up to its sequence.
            auto stands_for = e.baseline ? e.sequence.counter - (m == marks.end() ? 0 : m->second.counter) : 1;
            parked[e.key] += stands_for;
            if (auto moving = way.find(e.key); moving != way.end())
                moving->second.erase(e.sequence);
            ++row.parked;
            row.dead += e.next_at < 0;
        }
        row.keys = published.size();
        for (const auto& [key, counter] : published) {
            auto m = marks.find(key);
            std::uint64_t applied = m == marks.end() ? 0 : m->second.counter;
            std::uint64_t accounted = applied + parked[key];
            if (accounted >= counter.counter)
                continue;
            auto missing = counter.counter - accounted;
            auto& above = way[key];
            if (m != marks.end())
                above.erase(above.begin(), above.upper_bound(m->second));
            auto moving = baseline_on_its_way ? missing : std::min<std::uint64_t>(missing, above.size());
            row.behind += moving;
            row.lost += missing - moving;
        }
        rows.push_back(std::move(row));
    }
    co_return rows;
}

task<std::vector<dead_letter>> delivery::dead_letters(std::string subscription)
{
    std::vector<dead_letter> out;
    for (auto& [name, to] : impl_->subscribers_) {
        if (!subscription.empty() && name != subscription)
            continue;
        auto dead = co_await all_parked(*to->service().store, {.subscription = name, .dead_only = true});
        for (auto& e : dead) {
            bool past = co_await to->is_void(e);
            if (past)
                continue;
            auto behind = co_await all_parked(*to->service().store, {.subscription = name, .key = e.key});
            out.push_back({std::move(e), behind.size() - 1});
        }
    }
    co_return out;
}

namespace {

result<nothing> unknown_subscription(std::string_view name)
{
    return fail(errors::not_found, fmt::format("No subscription {} runs here.", name));
}

} // namespace

task<result<nothing>> delivery::retry(std::string subscription, std::string key)
{
    auto to = impl_->subscribers_.find(subscription);
    if (to == impl_->subscribers_.end())
        co_return unknown_subscription(subscription);
    auto next = co_await to->second->next_parked(key);
    if (!next)
        co_return fail(std::move(next.error()));
    next->attempts = 0;
    next->next_at = impl_->now_ms();
    auto stored_as = co_await to->second->service().store->park(*next);
    if (!stored_as)
        co_return fail(store_error(stored_as.error()));
    to->second->again(std::move(*next));
    co_return nothing{};
}

task<result<nothing>> delivery::discard(std::string subscription, std::string key)
{
    auto to = impl_->subscribers_.find(subscription);
    if (to == impl_->subscribers_.end())
        co_return unknown_subscription(subscription);
    auto next = co_await to->second->next_parked(key);
    if (!next)
        co_return fail(std::move(next.error()));
    co_return co_await to->second->discard(std::move(*next));
}

task<result<nothing>> delivery::rebuild(std::string subscription)
{
    auto to = impl_->subscribers_.find(subscription);
    if (to == impl_->subscribers_.end())
        co_return unknown_subscription(subscription);
    co_return co_await impl_->rebuild(*to->second);
}

std::vector<std::pair<std::string, std::string>> delivery::undeclared_subscriptions() const
{
    constexpr std::string_view prefix = "cursor/";
    std::vector<std::pair<std::string, std::string>> out;
    for (auto& [service, s] : impl_->services_)
        for (const auto& [name, value] : s.store->notes())
            if (name.starts_with(prefix) && !impl_->parts_.declared->subscription(name.substr(prefix.size())))
                out.emplace_back(service, name.substr(prefix.size()));
    return out;
}

task<result<nothing>> delivery::drop_subscription(std::string subscription)
{
    for (auto& [service, stored_name] : undeclared_subscriptions()) {
        if (stored_name != subscription)
            continue;
        store& at = *impl_->state(service).store;
        for (const auto& e : co_await all_parked(at, {.subscription = subscription})) {
            auto gone = co_await at.unpark(subscription, e.key, e.sequence);
            if (!gone)
                co_return fail(store_error(gone.error()));
        }
        for (const auto* kind : {"cursor/", "epoch/", "baseline/", "rebuild/", "clean/"}) {
            auto gone = co_await at.note_now(kind + subscription, std::nullopt);
            if (!gone)
                co_return fail(store_error(gone.error()));
        }
        co_return nothing{};
    }
    co_return fail(errors::not_found,
                   impl_->parts_.declared->subscription(subscription)
                       ? "This subscription is declared; only one that is no longer declared can be dropped."
                       : "No store holds such a subscription.");
}

task<std::string> delivery::trail_json(std::string key)
{
    std::string out = "{\"key\":";
    append_json_string(out, key);
    out += ",\"events\":[";
    bool first = true;
    auto comma = [&] {
        if (!first)
            out += ',';
        first = false;
    };
    for (auto& [name, s] : impl_->services_) {
        auto events = co_await s.store->history(key, 1000);
        if (!events)
            continue;
        for (const auto& e : *events) {
            comma();
            out += e.event->bytes;
        }
    }
    out += "],\"marks\":[";
    first = true;
    for (auto& [name, to] : impl_->subscribers_) {
        auto at = co_await to->service().store->load(to->declared().db, key, {name, key});
        if (!at || at->mark.counter == 0)
            continue;
        comma();
        out += "{\"subscription\":";
        append_json_string(out, name);
        out += ",\"sequence\":";
        append_json_string(out, at->mark.text());
        out += '}';
    }
    out += "],\"parked\":[";
    first = true;
    for (auto& [name, to] : impl_->subscribers_) {
        for (const auto& e : co_await all_parked(*to->service().store, {.subscription = name, .key = key})) {
            comma();
            out += "{\"subscription\":";
            append_json_string(out, name);
            out += ",\"sequence\":";
            append_json_string(out, e.sequence.text());
            out += fmt::format(",\"attempts\":{},\"gap\":{},\"dead\":{},\"reason\":", e.attempts, e.gap, e.next_at < 0);
            append_json_string(out, e.reason);
            out += '}';
        }
    }
    out += "]}";
    co_return out;
}

} // namespace edm
