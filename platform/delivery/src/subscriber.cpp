#include "subscriber.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace edm {

subscriber::subscriber(delivery::impl& d, const subscription_declaration& declared, service_state& service)
    : d_(d), declared_(declared), service_(service), external_(d.parts_.declared->topic(declared.topic)->external),
      lanes_(d.parts_.contexts.size())
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
    in.rebuild = parsed->rebuild;
    if (parsed->data.empty() && in.bytes->baseline) {
        // Nothing but a mark. Which document would carry it cannot be known without data: the key's own does (`load`).
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

incoming subscriber::unpack(const parked_event& e) const
{
    auto in = decode(e.event);
    in.attempts = e.attempts;
    in.parked_at = e.parked_at;
    in.rebuild = e.rebuild;
    in.parked = true;
    // A process before this one, or another one beside it, may have ended of it.
    in.suspect = !d_.parts_.sole_owner || e.parked_at <= d_.began_ms_;
    return in;
}

/// The event's document with the key's mark. Where a store keeps marks in documents, a baseline without data left its
/// mark in the document that bears the key's name: asked for where the event's own document does not explain the event.
task<stored<loaded>> subscriber::load(const incoming& e)
{
    auto found = co_await service_.store->load(declared_.db, e.document, {declared_.name, e.bytes->key});
    if (!found || declared_.document_is_key || e.document == e.bytes->key)
        co_return found;
    bool explained =
        found->mark != sequence{} && (e.bytes->sequence <= found->mark || e.bytes->sequence.follows(found->mark));
    if (explained)
        co_return found;
    auto by_key = co_await service_.store->load(declared_.db, e.bytes->key, {declared_.name, e.bytes->key});
    if (!by_key)
        co_return std::unexpected(by_key.error());
    found->mark = std::max(found->mark, by_key->mark);
    co_return found;
}

void subscriber::deliver(std::vector<delivered_event> events)
{
    std::vector<std::vector<incoming>> by_shard(lanes_.size());
    for (auto& e : events) {
        auto in = decode(std::move(e.event));
        in.position = e.position;
        in.suspect = e.suspect;
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
        if (e.queued)
            lanes_[shard].again.erase({e.bytes->key, e.bytes->sequence});
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
    auto key = e.bytes->key;
    if (e.queued) {
        bool due = co_await still_due(e);
        if (!due)
            co_return;
    }
    auto what = co_await apply(e);
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
    bool in_doubt = false; // whether a commit of it is stored
    for (;;) {
        auto before = co_await load(e);
        if (!before) {
            co_await store_is_away();
            continue;
        }
        if (is_past(e, before->mark)) {
            if (in_doubt && service_.databases[declared_.db]->watched)
                d_.parts_.bus->broadcast(delivery::impl::message_of(service_.name, declared_.db, e.document));
            d_.notify_applied(declared_.name, e.bytes->key, before->mark); // a commit of unknown outcome told nobody
            co_return outcome::duplicate;
        }
        bool early = co_await waits_for_earlier(e, before->mark);
        if (early) {
            co_await park_gap(e);
            co_return outcome::parked;
        }
        bool runs = co_await may_run(e);
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
                    auto c = d_.assemble(service_, declared_.db, e.document, *before, std::move(*decided),
                                         trace ? trace->child(*d_.parts_.environment.random)
                                               : observability::trace_context{});
                    c.marks.push_back({declared_.name, e.bytes->key, place});
                    std::optional<edm::commit> kept; // mostly nobody looks at it again, and it needs no copy
                    if (d_.has_effects(service_, c))
                        kept = c;
                    auto stored_as = co_await service_.store->commit(std::move(c));
                    if (stored_as) {
                        if (kept)
                            d_.committed(service_, *kept, *before);
                        d_.notify_applied(declared_.name, e.bytes->key, place);
                        co_return outcome::applied;
                    }
                    in_doubt = in_doubt || stored_as.error() == store_failure::unknown;
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
        auto row = co_await park(e, false, std::move(problem), 0);
        try_again_in_time(std::move(row));
        co_return outcome::parked;
    }
}

/// No failure of the event: consumption pauses, and the event is tried again.
task<> subscriber::store_is_away()
{
    d_.parts_.bus->pause(declared_.name);
    co_await sleep_for(d_.parts_.retry.paused);
    d_.parts_.bus->resume(declared_.name);
}

} // namespace edm
