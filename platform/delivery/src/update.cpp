#include "impl.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace edm {

failure store_error(store_failure why)
{
    switch (why) {
    case store_failure::conflict:
        return failure{errors::busy}.retry_after(1);
    case store_failure::away:
        return failure{errors::store_away}.retry_after(2);
    case store_failure::full:
        return failure{errors::store_full};
    case store_failure::unknown:
        break;
    }
    return failure{errors::outcome_unknown};
}

namespace {

constexpr int most_conflicts = 10;

void put_due(std::vector<due_item>& all, due_item item)
{
    auto same = std::find_if(all.begin(), all.end(), [&](const due_item& one) { return one.id == item.id; });
    if (same == all.end())
        all.push_back(std::move(item));
    else
        *same = std::move(item);
}

/// What the document is after the commit, without reading it again.
loaded after_commit(loaded before, edm::commit& c, revision at)
{
    before.revision = std::move(at);
    before.envelope = std::move(c.envelope);
    if (auto* value = std::get_if<std::string>(&c.value))
        before.value = std::move(*value);
    else if (std::holds_alternative<erase_value>(c.value))
        before.value.reset();
    return before;
}

bool decided_anew(const due_item& item, const std::vector<due_item>& before)
{
    return std::none_of(before.begin(), before.end(), [&](const due_item& one) {
        return one.id == item.id && one.at == item.at && one.lease_until == item.lease_until &&
               one.attempts == item.attempts;
    });
}

bool changes_nothing(const raw_change& decided)
{
    return std::holds_alternative<keep_value>(decided.value) && decided.events.empty() && decided.due.empty() &&
           decided.done.empty();
}

void note_effects(call& on_behalf, const edm::commit& c, const std::vector<std::string>& done)
{
    for (const auto& e : c.events)
        on_behalf.note_published({e->topic, e->key, e->sequence});
    for (const auto& item : done)
        on_behalf.note_done(item);
}

} // namespace

edm::commit delivery::impl::assemble(service_state& s, db_id db, std::string id, const loaded& before,
                                     raw_change decided, const observability::trace_context& trace) const
{
    const auto& declared = *s.databases[db];
    edm::commit c{.db = db,
                  .id = std::move(id),
                  .expected = before.revision,
                  .value = std::move(decided.value),
                  .envelope = before.envelope,
                  .index = std::move(decided.index),
                  .events = {},
                  .marks = {}};
    c.indexed = !declared.indexes.empty();
    if (std::holds_alternative<std::string>(c.value))
        c.envelope.schema = declared.schema;
    auto at = parts_.environment.now();
    std::string traceparent; // a cause without a trace, or with a malformed one, begins one
    if (!decided.events.empty() || !decided.due.empty()) {
        auto from = trace.valid() ? trace : observability::trace_context::root(*parts_.environment.random);
        traceparent = from.traceparent();
    }
    for (auto& raw : decided.events) {
        auto& counters = c.envelope.counters;
        auto counter =
            std::find_if(counters.begin(), counters.end(), [&](const auto& one) { return one.topic == raw.topic; });
        if (counter == counters.end())
            counter = counters.insert(counters.end(), {raw.topic, 0, 0});
        counter->epoch = s.store->epoch();
        ++counter->counter;
        sequence place{counter->epoch, counter->counter};
        event e{.id = uuid_v7(at, *parts_.environment.random),
                .source = fmt::format("/edm/{}/{}/{}", s.name, raw.topic, percent_encode(c.id)),
                .type = fmt::format("edm.{}.v1", raw.topic),
                .subject = c.id,
                .sequence = place,
                .baseline = false,
                .time = to_rfc3339(at),
                .traceparent = traceparent,
                .data = std::move(raw.data)};
        c.events.push_back(
            std::make_shared<recorded_event>(recorded_event{raw.topic, c.id, place, false, encode_event(e)}));
    }
    if (!decided.due.empty() || !decided.done.empty()) {
        c.due_changed = true;
        std::erase_if(c.envelope.due, [&](const due_item& item) {
            return std::find(decided.done.begin(), decided.done.end(), item.id) != decided.done.end();
        });
        for (auto& item : decided.due) {
            item.traceparent = traceparent;
            // This process does it unclaimed within the lease; what is far off is taken by whoever sweeps first.
            auto begin = std::max<std::int64_t>(item.at, at.time_since_epoch().count());
            bool soon = begin < at.time_since_epoch().count() + 60'000;
            bool held = item.lease_until < 0;
            item.lease_until = soon || held ? begin + parts_.retry.lease.count() : 0;
            if (held)
                item.at = item.lease_until;
            put_due(c.envelope.due, std::move(item));
        }
    }
    return c;
}

void delivery::impl::committed(service_state& s, const edm::commit& c, const loaded& before)
{
    if (c.due_changed)
        for (const auto& item : c.envelope.due)
            if (decided_anew(item,
                             before.envelope.due)) // the document's other items are begun already, perhaps elsewhere
                schedule_due(s, c.db, c.id, item);
    if (s.databases[c.db]->watched)
        parts_.bus->broadcast(message_of(s.name, c.db, c.id));
}

task<result<loaded>> delivery::impl::update(call& on_behalf, service_state& s, db_id db, std::string id,
                                            const raw_decision& decide)
{
    for (int tries = 0; tries != most_conflicts; ++tries) {
        auto before = co_await s.store->load(db, id);
        if (!before)
            co_return fail(store_error(before.error()));
        auto decided = decide(*before, now());
        if (!decided)
            co_return fail(std::move(decided.error()));
        if (changes_nothing(*decided))
            co_return std::move(*before);
        auto done = decided->done;
        auto c = assemble(s, db, id, *before, std::move(*decided), on_behalf.trace());
        if (!on_behalf.hand_over())
            co_return fail(errors::too_slow);
        auto outcome = co_await s.store->commit(c);
        if (outcome) {
            note_effects(on_behalf, c, done);
            committed(s, c, *before);
            co_return after_commit(std::move(*before), c, std::move(*outcome));
        }
        if (outcome.error() != store_failure::conflict)
            co_return fail(store_error(outcome.error()));
        conflicts_.fetch_add(1, std::memory_order_relaxed);
    }
    co_return fail(store_error(store_failure::conflict));
}

task<std::vector<result<loaded>>>
delivery::impl::update_many(call& on_behalf, service_state& s, db_id db, std::vector<std::string> ids,
                            std::function<result<raw_change>(std::size_t, const loaded&, const moment&)> decide)
{
    std::vector<result<loaded>> out(ids.size(), fail(store_error(store_failure::conflict)));
    std::vector<std::size_t> open(ids.size());
    for (std::size_t i = 0; i != ids.size(); ++i)
        open[i] = i;
    for (int tries = 0; tries != most_conflicts && !open.empty(); ++tries) {
        std::vector<edm::commit> commits;
        std::vector<std::size_t> which;
        std::vector<loaded> read;
        for (auto i : open) {
            auto before = co_await s.store->load(db, ids[i]);
            if (!before) {
                out[i] = fail(store_error(before.error()));
                continue;
            }
            auto decided = decide(i, *before, now());
            if (!decided) {
                out[i] = fail(std::move(decided.error()));
            } else if (changes_nothing(*decided)) {
                out[i] = std::move(*before);
            } else {
                commits.push_back(assemble(s, db, ids[i], *before, std::move(*decided), on_behalf.trace()));
                which.push_back(i);
                read.push_back(std::move(*before));
            }
        }
        open.clear();
        if (!commits.empty() && !on_behalf.hand_over()) {
            for (auto i : which)
                out[i] = fail(errors::too_slow);
            break;
        }
        auto outcomes = co_await s.store->commit_many(commits);
        for (std::size_t n = 0; n != outcomes.size(); ++n) {
            auto i = which[n];
            if (outcomes[n]) {
                committed(s, commits[n], read[n]);
                out[i] = after_commit(std::move(read[n]), commits[n], std::move(*outcomes[n]));
            } else if (outcomes[n].error() == store_failure::conflict) {
                open.push_back(i);
            } else {
                out[i] = fail(store_error(outcomes[n].error()));
            }
        }
    }
    co_return out;
}

bool delivery::impl::overloaded(std::string_view service)
{
    constexpr std::int64_t fresh_ms = 50;
    auto at = now_ms();
    std::lock_guard lock(overload_mutex_);
    auto known = overload_.find(service);
    if (known == overload_.end())
        known = overload_.emplace(std::string{service}, std::pair{std::int64_t{0}, false}).first;
    if (at - known->second.first >= fresh_ms) {
        auto here = services_.find(service);
        bool little_room = here != services_.end() && here->second.store->short_of_room();
        known->second = {at, little_room || parts_.bus->backlog(service).events > parts_.backlog_limit};
    }
    return known->second.second;
}

} // namespace edm
