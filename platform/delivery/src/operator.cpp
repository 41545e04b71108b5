#include "impl.hpp"
#include "subscriber.hpp"

#include <edm/describe/describe.hpp>

#include <fmt/format.h>

#include <set>

namespace edm {

namespace {

constexpr std::size_t page_size = 500;

/// All parked events of a filter.
task<std::vector<parked_event>> all_parked(store& s, parked_filter f)
{
    std::vector<parked_event> all;
    std::optional<parked_event> last;
    for (;;) {
        auto page = co_await s.parked(f, last, page_size);
        if (!page)
            throw std::runtime_error("a store is away; the list is not complete");
        for (auto& e : *page)
            all.push_back(e);
        if (page->size() < page_size)
            co_return all;
        last = page->back();
    }
}

} // namespace

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

std::unexpected<failure> unknown_subscription(std::string_view name)
{
    return fail(errors::not_found, fmt::format("No subscription {} runs here.", name));
}

/// What an operator's word is about: the key's next parked event, and its subscription.
struct waiting_event
{
    subscriber* to;
    parked_event next;
};

task<result<waiting_event>> find_waiting(delivery::impl& d, std::string subscription, std::string key)
{
    auto to = d.subscribers_.find(subscription);
    if (to == d.subscribers_.end())
        co_return unknown_subscription(subscription);
    auto next = co_await to->second->next_parked(std::move(key));
    if (!next)
        co_return fail(std::move(next.error()));
    co_return waiting_event{to->second.get(), std::move(*next)};
}

} // namespace

task<result<nothing>> delivery::retry(std::string subscription, std::string key)
{
    auto found = co_await find_waiting(*impl_, std::move(subscription), std::move(key));
    if (!found)
        co_return fail(std::move(found.error()));
    found->next.attempts = 0;
    found->next.next_at = impl_->now_ms();
    auto stored_as = co_await found->to->service().store->park(found->next);
    if (!stored_as)
        co_return fail(store_error(stored_as.error()));
    found->to->again(std::move(found->next));
    co_return nothing{};
}

task<result<nothing>> delivery::discard(std::string subscription, std::string key)
{
    auto found = co_await find_waiting(*impl_, std::move(subscription), std::move(key));
    if (!found)
        co_return fail(std::move(found.error()));
    co_return co_await found->to->discard(std::move(found->next));
}

task<result<nothing>> delivery::rebuild(std::string subscription)
{
    auto to = impl_->subscribers_.find(subscription);
    if (to == impl_->subscribers_.end())
        co_return unknown_subscription(subscription);
    if (impl_->parts_.declared->topic(to->second->declared().topic)->external)
        co_return fail(errors::not_found,
                       "A foreign program publishes this topic; nobody can be asked for a baseline.");
    co_return co_await impl_->rebuild(*to->second);
}

std::vector<std::pair<std::string, std::string>> delivery::undeclared_subscriptions() const
{
    std::set<std::pair<std::string, std::string>> held; // a position in a log, or a queue of a broker, or both
    for (auto& [service, s] : impl_->services_)
        for (const auto& [name, value] : s.store->notes())
            for (std::string_view kind : {"cursor/", "queue/"})
                if (name.starts_with(kind) && !impl_->parts_.declared->subscription(name.substr(kind.size())))
                    held.emplace(service, name.substr(kind.size()));
    return {held.begin(), held.end()};
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
        bool removed = co_await impl_->parts_.bus->remove(subscription);
        if (!removed)
            co_return fail(errors::store_away, "The broker that keeps what is on its way cannot be told now.");
        for (const auto* kind : {"epoch/", "baseline/", "rebuild/", "clean/", "cursor/", "queue/"}) {
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
