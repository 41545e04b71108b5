#include "subscriber.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace edm {

subscriber::subscriber(delivery::impl& d, const subscription_declaration& declared, service_state& service)
    : d_(d), declared_(declared), service_(service), lanes_(d.parts_.contexts.size())
{
}

incoming subscriber::decode(event_ptr e) const
{
    incoming in{.bytes = std::move(e)};
    auto parsed = decode_event(in.bytes->bytes);
    in.document = in.bytes->key;
    if (!parsed) {
        in.problem = parsed.error();
        return in;
    }
    in.traceparent = std::move(parsed->traceparent);
    if (parsed->data.empty() && in.bytes->baseline) {
        // Nothing but a mark. Which document would carry it cannot be known without data; the key stands in.
        return in;
    }
    try {
        auto data = declared_.decode(parsed->data);
        if (!data) {
            in.problem = data.error();
            return in;
        }
        in.data = std::move(*data);
        in.document = declared_.document_of(in.data.get(), in.bytes->key);
    } catch (const std::exception& problem) {
        in.problem = problem.what();
    }
    return in;
}

void subscriber::deliver(std::vector<delivered_event> events)
{
    std::vector<std::vector<incoming>> by_shard(lanes_.size());
    for (auto& e : events) {
        auto in = decode(std::move(e.event));
        in.position = e.position;
        in.suspect = e.suspect;
        in.rebuild = in.bytes->baseline && rebuilding_.load();
        by_shard[d_.shard_of(in.document)].push_back(std::move(in));
    }
    for (std::size_t shard = 0; shard != by_shard.size(); ++shard) {
        if (by_shard[shard].empty())
            continue;
        for (std::size_t i = 0; i != by_shard[shard].size(); ++i)
            d_.begin_work();
        d_.parts_.contexts[shard]->post(
            [this, shard, events = std::move(by_shard[shard])]() mutable { take(shard, std::move(events)); });
    }
}

void subscriber::again(parked_event e)
{
    auto in = decode(e.event);
    in.attempts = e.attempts;
    in.parked = true;
    auto shard = d_.shard_of(in.document);
    d_.begin_work();
    d_.parts_.contexts[shard]->post([this, shard, in = std::move(in)]() mutable {
        std::vector<incoming> one;
        one.push_back(std::move(in));
        take(shard, std::move(one));
    });
}

void subscriber::take(std::size_t shard, std::vector<incoming> events)
{
    auto& busy = lanes_[shard].busy;
    for (auto& e : events) {
        auto [at, fresh] = busy.try_emplace(e.document);
        if (fresh)
            spawn(run(shard, std::move(e)));
        else
            at->second.push_back(std::move(e));
    }
}

task<> subscriber::run(std::size_t shard, incoming first)
{
    auto& busy = lanes_[shard].busy;
    incoming e = std::move(first);
    for (;;) {
        auto document = e.document;
        co_await handle(e);
        if (e.position)
            d_.parts_.bus->settled(declared_.name, *e.position);
        auto waiting = busy.find(document);
        bool last = waiting->second.empty();
        if (!last) {
            e = std::move(waiting->second.front());
            waiting->second.pop_front();
        } else {
            busy.erase(waiting);
        }
        d_.end_work();
        if (last)
            co_return;
    }
}

/// Applies, parks or drops one event, then the events of its key that wait for it. Only then is it settled.
task<> subscriber::handle(incoming& e)
{
    auto what = co_await apply(e);
    auto key = e.bytes->key;
    switch (what) {
    case outcome::applied:
        d_.applied_.fetch_add(1, std::memory_order_relaxed);
        break;
    case outcome::duplicate:
        d_.duplicates_.fetch_add(1, std::memory_order_relaxed);
        break;
    case outcome::parked:
        d_.parked_.fetch_add(1, std::memory_order_relaxed);
        break;
    }
    if (e.parked && what != outcome::parked) {
        auto gone = co_await service_.store->unpark(declared_.name, key, e.bytes->sequence);
        (void)gone; // a row at or below the mark is void: the sweep removes what stays
    }
    if (service_.store->may_have_parked(declared_.name))
        co_await apply_parked(key);
}

task<> subscriber::apply_parked(std::string key)
{
    for (;;) {
        auto page = co_await service_.store->parked({.subscription = declared_.name, .key = key}, {}, 1);
        if (!page || page->empty())
            co_return;
        auto next = std::move(page->front());
        auto e = decode(next.event);
        e.attempts = next.attempts;
        e.parked = true;
        auto before = co_await service_.store->load(declared_.db, e.document, {declared_.name, key});
        if (!before)
            co_return;
        bool done = next.sequence <= before->mark;
        bool ready = next.baseline || next.sequence.follows(before->mark);
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

result<raw_change> subscriber::decide(const loaded& document, const incoming& e, std::span<const loaded> reads) const
{
    if (mark_only(e))
        return raw_change{};
    received how{.key = e.bytes->key, .sequence = e.bytes->sequence, .baseline = e.bytes->baseline, .at = d_.now()};
    return declared_.handle(document, e.data.get(), how, reads);
}

task<std::optional<std::vector<loaded>>> subscriber::load_reads(const incoming& e)
{
    std::vector<loaded> reads;
    if (e.data)
        for (const auto& read : declared_.reads) {
            auto other = co_await service_.store->load(read.db, read.document_of(e.data.get(), e.bytes->key));
            if (!other)
                co_return std::nullopt;
            reads.push_back(std::move(*other));
        }
    co_return reads;
}

task<subscriber::outcome> subscriber::apply(incoming& e)
{
    const auto place = e.bytes->sequence;
    for (;;) {
        auto before = co_await service_.store->load(declared_.db, e.document, {declared_.name, e.bytes->key});
        if (!before) {
            co_await store_is_away();
            continue;
        }
        if (place < before->mark || (place == before->mark && !e.rebuild)) {
            d_.notify_applied(declared_.name, e.bytes->key, before->mark); // a commit of unknown outcome told nobody
            co_return outcome::duplicate;
        }
        if (!e.bytes->baseline && !place.follows(before->mark)) {
            co_await park(e, true, "an earlier event of this key has not been applied yet",
                          d_.now_ms() + d_.parts_.retry.gap.count());
            co_return outcome::parked;
        }
        bool runs = co_await may_run(e, before->mark);
        if (!runs)
            co_return outcome::parked;
        std::string problem = e.problem;
        if (problem.empty()) {
            auto reads = co_await load_reads(e);
            if (!reads) {
                co_await store_is_away();
                continue;
            }
            try {
                auto decided = decide(*before, e, *reads);
                if (decided) {
                    auto trace = observability::trace_context::parse(e.traceparent);
                    auto done = decided->done;
                    auto c = d_.assemble(service_, declared_.db, e.document, *before, std::move(*decided),
                                         trace ? trace->child(*d_.parts_.environment.random)
                                               : observability::trace_context{});
                    c.marks.push_back({declared_.name, e.bytes->key, place});
                    auto stored_as = co_await service_.store->commit(c);
                    if (stored_as) {
                        d_.committed(service_, c);
                        d_.notify_applied(declared_.name, e.bytes->key, place);
                        co_return outcome::applied;
                    }
                    if (stored_as.error() == store_failure::conflict)
                        d_.conflicts_.fetch_add(1, std::memory_order_relaxed);
                    else
                        co_await store_is_away();
                    continue;
                }
                problem = fmt::format("{}: {}", decided.error().kind->name, decided.error().text());
            } catch (const std::exception& thrown) {
                problem = thrown.what();
            }
        }
        co_await park(e, false, std::move(problem), 0);
        co_return outcome::parked;
    }
}

/// Attempts belong to the event: one that comes again while its row waits takes them from there, and waits as it does.
/// One that may have ended the process runs only once the attempt is on disk.
task<bool> subscriber::may_run(incoming& e, sequence mark)
{
    const auto place = e.bytes->sequence;
    if (!e.parked && (e.suspect || service_.store->may_have_parked(declared_.name))) {
        parked_event at_mark{.subscription = declared_.name, .key = e.bytes->key, .sequence = mark, .event = nullptr};
        if (e.rebuild)
            at_mark.sequence.counter -= 1;
        auto rows = co_await service_.store->parked({.subscription = declared_.name, .key = e.bytes->key}, at_mark, 1);
        while (!rows) {
            co_await store_is_away();
            rows = co_await service_.store->parked({.subscription = declared_.name, .key = e.bytes->key}, at_mark, 1);
        }
        if (!rows->empty() && rows->front().sequence == place && rows->front().baseline == e.bytes->baseline) {
            const auto& row = rows->front();
            e.attempts = row.attempts;
            e.parked = true;
            if (row.next_at < 0 || (!row.gap && !e.suspect && row.next_at > d_.now_ms()))
                co_return false;
        }
    }
    if (!e.suspect)
        co_return true;
    e.suspect = false;
    co_await park(e, false, "the process ended while this event was applied",
                  d_.now_ms() + d_.parts_.retry.gap.count());
    e.attempts += 1;
    e.parked = e.counted = true;
    co_return true; // the last attempt too: its row is a dead letter already, in case it ends the process
}

task<> subscriber::park(incoming& e, bool gap, std::string reason, std::int64_t next_at)
{
    auto attempts = e.attempts + (gap || e.counted ? 0 : 1);
    if (!gap) {
        d_.retried_.fetch_add(!e.counted, std::memory_order_relaxed);
        bool last = attempts >= d_.parts_.retry.attempts;
        if (last && !e.counted)
            d_.dead_.fetch_add(1, std::memory_order_relaxed);
        next_at = last ? -1 : std::max(next_at, d_.now_ms() + d_.backoff(attempts));
        spdlog::warn("{}: event {} of {} parked ({} of {} attempts): {}", declared_.name, e.bytes->sequence.text(),
                     e.bytes->topic, attempts, d_.parts_.retry.attempts, reason);
    }
    parked_event row{.subscription = declared_.name,
                     .key = e.bytes->key,
                     .sequence = e.bytes->sequence,
                     .baseline = e.bytes->baseline,
                     .gap = gap,
                     .attempts = attempts,
                     .next_at = next_at,
                     .parked_at = d_.now_ms(),
                     .reason = std::move(reason),
                     .event = e.bytes};
    for (;;) {
        auto outcome = co_await service_.store->park(row);
        if (outcome)
            co_return;
        co_await store_is_away();
    }
}

/// No failure of the event: consumption pauses, and the event is tried again.
task<> subscriber::store_is_away()
{
    d_.parts_.bus->pause(declared_.name);
    co_await sleep_for(d_.parts_.retry.paused);
    d_.parts_.bus->resume(declared_.name);
}

task<bool> subscriber::is_void(parked_event e)
{
    auto document = decode(e.event).document;
    auto at = co_await service_.store->load(declared_.db, document, {declared_.name, e.key});
    co_return at&& e.sequence <= at->mark;
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
    auto e = decode(next.event);
    for (;;) {
        auto before = co_await service_.store->load(declared_.db, e.document, {declared_.name, next.key});
        if (!before)
            co_return fail(store_error(before.error()));
        if (next.sequence > before->mark) {
            if (!next.baseline && !next.sequence.follows(before->mark))
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
