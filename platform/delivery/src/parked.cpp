#include "subscriber.hpp"

#include <edm/observability/log.hpp>
#include <fmt/format.h>

namespace edm {

/// False is certain: where processes share the store, its own answer is as old as its last look at what they do.
bool subscriber::may_have_parked() const
{
    return !d_.parts_.sole_owner || service_.store->may_have_parked(declared_.name);
}

void subscriber::again(parked_event e)
{
    auto in = unpack(e);
    in.queued = true;
    auto shard = d_.shard_of(in.document);
    d_.begin_work();
    d_.parts_.contexts[shard]->post([this, shard, in = std::move(in)]() mutable {
        if (!lanes_[shard].again.emplace(in.bytes->key, in.bytes->sequence).second)
            return d_.end_work(); // where its store takes nothing for now, each sweep finds it due
        std::vector<incoming> one;
        one.push_back(std::move(in));
        take(shard, std::move(one));
    });
}

task<> subscriber::apply_parked(std::string key)
{
    for (;;) {
        auto page = co_await service_.store->parked({.subscription = declared_.name, .key = key}, {}, 1);
        if (!page || page->empty())
            co_return;
        auto next = std::move(page->front());
        auto e = unpack(next);
        auto before = co_await load(e);
        if (!before)
            co_return;
        bool done = is_past(e, before->mark);
        bool ready = next.baseline || comes_next(next.sequence, before->mark);
        // What failed waits for its time, a dead letter for an operator; a gap that has closed runs at once.
        if (!done && (!ready || !next.gap))
            co_return;
        auto what = co_await apply(e);
        if (what == outcome::parked)
            co_return;
        d_.applied_.fetch_add(what == outcome::applied, std::memory_order_relaxed);
        auto gone = co_await service_.store->unpark(declared_.name, key, next.sequence);
        if (!gone)
            co_return;
    }
}

/// Whether the event has to wait for one before it. Where none of an external topic's key is applied yet, one that is
/// parked is before it.
task<bool> subscriber::waits_for_earlier(const incoming& e, sequence mark)
{
    const auto place = e.bytes->sequence;
    if (e.bytes->baseline || place.follows(mark))
        co_return false;
    if (!comes_next(place, mark))
        co_return true;
    if (!may_have_parked())
        co_return false;
    auto first = co_await next_parked(e.bytes->key);
    co_return first && first->sequence < place;
}

/// What lies in the store under the event's sequence: this very event, or a baseline and an event of one sequence.
task<std::optional<parked_event>> subscriber::row_at(const incoming& e)
{
    parked_event before{
        .subscription = declared_.name, .key = e.bytes->key, .sequence = e.bytes->sequence, .event = nullptr};
    before.sequence.counter -= 1;
    for (;;) {
        auto rows = co_await service_.store->parked({.subscription = declared_.name, .key = e.bytes->key}, before, 1);
        if (!rows) {
            co_await store_is_away();
            continue;
        }
        if (rows->empty() || rows->front().sequence != e.bytes->sequence)
            co_return std::nullopt;
        co_return std::move(rows->front());
    }
}

/// What lies in the store of this very event.
task<std::optional<parked_event>> subscriber::row_of(const incoming& e)
{
    auto row = co_await row_at(e);
    if (row && row->baseline != e.bytes->baseline)
        row.reset();
    co_return row;
}

/// An event whose predecessor is missing waits for it. A row that says more than "a gap" stays as it is: a baseline
/// stands for the predecessors too, and what failed keeps its attempts. What is looked at again and again waits longer
/// each time: the predecessor's own outcome runs it at once.
task<> subscriber::park_gap(incoming& e)
{
    if (may_have_parked()) {
        auto row = co_await row_at(e);
        if (row && (row->baseline || !row->gap || !e.parked))
            co_return;
    }
    auto waited = e.parked_at ? milliseconds{d_.now_ms() - e.parked_at} : milliseconds{0};
    auto wait = std::clamp(waited, d_.parts_.retry.gap, d_.parts_.retry.longest);
    co_await park(e, true, "an earlier event of this key has not been applied yet", d_.now_ms() + wait.count());
}

/// Whether a parked event that stood in line is to run still: it may have been applied meanwhile, or have failed again.
task<bool> subscriber::still_due(incoming& e)
{
    auto row = co_await row_of(e);
    if (!row)
        co_return false;
    e.attempts = row->attempts;
    e.parked_at = row->parked_at;
    co_return row->next_at >= 0 && row->next_at <= d_.now_ms();
}

/// Attempts belong to the event: one that comes again while its row waits takes them from there, and waits as it does.
/// One that may have ended the process runs only once the attempt is on disk.
task<bool> subscriber::may_run(incoming& e)
{
    const bool from_row = e.parked; // told of when it was parked
    if (!e.parked && (e.suspect || service_.store->may_have_parked(declared_.name))) {
        auto row = co_await row_of(e);
        if (row) {
            e.attempts = row->attempts;
            e.parked_at = row->parked_at;
            e.parked = true;
            if (row->next_at < 0 || (!row->gap && !e.suspect && row->next_at > d_.now_ms()))
                co_return false;
        }
    }
    if (!e.suspect)
        co_return true;
    e.suspect = false;
    co_await park(e, false, "the process ended while this event was applied", d_.now_ms() + d_.parts_.retry.gap.count(),
                  !from_row);
    e.attempts += 1;
    e.parked = e.counted = true;
    co_return true; // the last attempt too: its row is a dead letter already, in case it ends the process
}

task<parked_event> subscriber::park(incoming& e, bool gap, std::string reason, std::int64_t next_at, bool tell)
{
    auto attempts = e.attempts + (gap || e.counted ? 0 : 1);
    if (!gap) {
        d_.retried_.fetch_add(!e.counted, std::memory_order_relaxed);
        bool last = attempts >= d_.parts_.retry.attempts;
        if (last && !e.counted)
            d_.dead_.fetch_add(1, std::memory_order_relaxed);
        next_at = last ? -1 : std::max(next_at, d_.now_ms() + d_.backoff(attempts));
        auto trace = observability::trace_context::parse(e.traceparent).value_or(observability::trace_context{});
        if (tell || last)
            observability::log::warning("event_parked",
                                        {{"subscription", declared_.name},
                                         {"topic", e.bytes->topic},
                                         {"sequence", e.bytes->sequence.text()},
                                         {"attempts", attempts},
                                         {"of", d_.parts_.retry.attempts},
                                         {"why", reason}},
                                        {trace, declared_.service});
    }
    parked_event row{.subscription = declared_.name,
                     .key = e.bytes->key,
                     .sequence = e.bytes->sequence,
                     .baseline = e.bytes->baseline,
                     .rebuild = e.rebuild,
                     .gap = gap,
                     .attempts = attempts,
                     .next_at = next_at,
                     .parked_at = e.parked_at ? e.parked_at : d_.now_ms(),
                     .reason = std::move(reason),
                     .event = e.bytes};
    for (;;) {
        auto outcome = co_await service_.store->park(row);
        if (outcome)
            co_return row;
        co_await store_is_away();
    }
}

/// The next attempt begins at its own time; the sweep finds what is further off, or what a process left that ended.
void subscriber::try_again_in_time(parked_event row)
{
    constexpr std::int64_t near_ms = 60'000;
    auto wait = row.next_at - d_.now_ms();
    if (row.next_at < 0 || wait > near_ms)
        return;
    executor::current()->after(milliseconds{std::max<std::int64_t>(wait, 0)}, [this, row = std::move(row)]() mutable {
        if (!d_.stopped_.load())
            again(std::move(row));
    });
}

task<bool> subscriber::is_void(parked_event e)
{
    auto in = unpack(e);
    auto at = co_await load(in);
    co_return at&& is_past(in, at->mark);
}

task<result<parked_event>> subscriber::next_parked(std::string key)
{
    for (;;) {
        auto page = co_await service_.store->parked({.subscription = declared_.name, .key = key}, {}, 1);
        if (!page)
            co_return fail(store_error(page.error()));
        if (page->empty())
            co_return fail(errors::not_found, "Nothing is parked for this subscription and key.");
        auto next = std::move(page->front());
        bool past = co_await is_void(next);
        if (!past)
            co_return next;
        auto gone = co_await service_.store->unpark(declared_.name, key, next.sequence);
        if (!gone)
            co_return fail(store_error(gone.error()));
    }
}

task<result<nothing>> subscriber::discard(parked_event next)
{
    auto e = unpack(next);
    for (;;) {
        auto before = co_await load(e);
        if (!before)
            co_return fail(store_error(before.error()));
        if (next.sequence > before->mark) {
            if (!next.baseline && !comes_next(next.sequence, before->mark))
                co_return fail(errors::not_found,
                               "Only the next event of a key can be discarded; an earlier one is still on its way.");
            auto c = d_.assemble(service_, declared_.db, e.document, *before, {}, {});
            c.marks.push_back({declared_.name, next.key, next.sequence});
            auto stored_as = co_await service_.store->commit(c);
            if (!stored_as && stored_as.error() == store_failure::conflict)
                continue;
            if (!stored_as)
                co_return fail(store_error(stored_as.error()));
        }
        auto gone = co_await service_.store->unpark(declared_.name, next.key, next.sequence);
        if (!gone)
            co_return fail(store_error(gone.error()));
        d_.notify_applied(declared_.name, next.key, next.sequence);
        co_await apply_parked(next.key);
        co_return nothing{};
    }
}

} // namespace edm
