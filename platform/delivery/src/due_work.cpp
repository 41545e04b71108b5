#include "impl.hpp"

#include <edm/observability/log.hpp>

#include <algorithm>

namespace edm {

const due_declaration* delivery::impl::due_kind(std::string_view service, std::string_view kind) const
{
    for (const auto& d : parts_.declared->due)
        if (d.service == service && d.kind == kind)
            return &d;
    return nullptr;
}

std::int64_t delivery::impl::backoff(std::int64_t attempts) const
{
    auto longest = parts_.retry.longest.count();
    auto whole = parts_.retry.first.count();
    for (std::int64_t i = 1; i < attempts && whole < longest; ++i)
        whole *= 2;
    whole = std::min(whole, longest);
    return whole / 2 +
           static_cast<std::int64_t>(parts_.environment.random->below(static_cast<std::uint64_t>(whole / 2 + 1)));
}

/// Begins work in this process when it is due, unclaimed: the lease in the document keeps others away.
void delivery::impl::schedule_due(service_state& s, db_id db, const std::string& document, const due_item& item)
{
    constexpr std::int64_t near_ms = 60'000;
    auto wait = item.at - now_ms();
    if (item.at < 0 || wait > near_ms || stopped_.load())
        return;
    due_key key{s.name, db, document, item.id};
    {
        std::lock_guard lock(due_mutex_);
        auto [slot, fresh] = due_here_.try_emplace(key, due_slot{.at = item.at, .lease_until = item.lease_until});
        if (!fresh) {
            slot->second.lease_until = item.lease_until;
            if (slot->second.running)
                slot->second.again = item;
            if (slot->second.running || slot->second.at <= item.at)
                return; // whoever begins first looks at the item as it is then
            slot->second.at = item.at;
        }
    }
    auto& context = context_of(document);
    if (wait > 0) {
        context.after(milliseconds{wait}, [this, key] {
            begin_work();
            spawn(run_due(key, false));
        });
        return;
    }
    begin_work();
    context.post([this, key] { spawn(run_due(key, false)); });
}

task<result<loaded>> delivery::impl::rewrite_due(call& c, service_state& s, db_id db, std::string document,
                                                 std::function<bool(std::vector<due_item>&)> change)
{
    for (int tries = 0; tries != 100; ++tries) {
        auto before = co_await s.store->load(db, document);
        if (!before)
            co_return fail(store_error(before.error()));
        auto rewritten = assemble(s, db, document, *before, {}, c.trace());
        if (!change(rewritten.envelope.due))
            co_return std::move(*before);
        rewritten.due_changed = true;
        auto outcome = co_await s.store->commit(rewritten);
        if (outcome) {
            before->revision = *outcome;
            before->envelope = rewritten.envelope;
            co_return std::move(*before);
        }
        if (outcome.error() != store_failure::conflict)
            co_return fail(store_error(outcome.error()));
    }
    co_return fail(store_error(store_failure::conflict));
}

namespace {

due_item* find_item(std::vector<due_item>& all, std::string_view id)
{
    auto at = std::find_if(all.begin(), all.end(), [&](const due_item& one) { return one.id == id; });
    return at == all.end() ? nullptr : &*at;
}

} // namespace

/// One attempt at an item, if it is due: unclaimed within the lease of the commit that decided it, else claimed.
task<> delivery::impl::run_due(due_key key, bool claim)
{
    auto& s = state(key.service);
    bool mine = false;
    std::int64_t lease = 0;
    {
        std::lock_guard lock(due_mutex_);
        if (auto slot = due_here_.find(key); slot != due_here_.end() && !slot->second.running && !stopped_.load()) {
            mine = slot->second.running = true;
            lease = slot->second.lease_until;
        }
    }
    if (!mine) {
        end_work(); // another timer of the same item was first
        co_return;
    }
    std::optional<due_item> item, later;
    if (!claim) {
        auto found = co_await s.store->load(key.db, key.document);
        if (found)
            if (auto* one = find_item(found->envelope.due, key.item); one && one->at >= 0) {
                // What its committer held and did not clear, or began too late, is overdue like anybody's.
                // What another process has decided or claimed since is left to it while its lease lasts.
                bool ours = one->lease_until == lease;
                if (one->at > now_ms() && ours)
                    later = *one;
                else if (one->at <= now_ms() && one->lease_until <= std::max(one->at, now_ms()))
                    claim = true;
                else if (ours)
                    item = *one;
            }
    }
    if (claim)
        item = co_await claim_due(s, key);
    if (item)
        co_await do_due(s, key, std::move(*item), claim);
    {
        std::lock_guard lock(due_mutex_);
        auto slot = due_here_.find(key);
        if (slot->second.again)
            later = std::move(slot->second.again);
        due_here_.erase(slot);
    }
    if (later)
        schedule_due(s, key.db, key.document, *later);
    end_work();
}

/// Commits an attempt and a lease before the work is begun. Nothing where it is not due, or its attempts are used up.
task<std::optional<due_item>> delivery::impl::claim_due(service_state& s, due_key key)
{
    std::optional<due_item> item;
    call c;
    auto at = now_ms();
    auto until = at + parts_.retry.lease.count();
    auto claimed = co_await rewrite_due(c, s, key.db, key.document, [&](std::vector<due_item>& all) {
        item.reset();
        auto* one = find_item(all, key.item);
        if (!one || one->at < 0 || std::max(one->at, one->lease_until) > at)
            return false;
        auto* kind = due_kind(key.service, one->kind);
        if (kind && one->attempts >= kind->max_attempts) {
            // Every attempt was claimed, and none came to an end.
            one->at = -1;
            one->reason = "the process ended while this was done";
            return true;
        }
        one->attempts += 1;
        one->lease_until = until;
        item = *one;
        return true;
    });
    if (!claimed)
        item.reset();
    co_return item;
}

/// Does the work, and commits what came of it unless a commit of its own did.
task<> delivery::impl::do_due(service_state& s, due_key key, due_item item, bool claimed)
{
    auto* kind = due_kind(key.service, item.kind);
    auto& random = *parts_.environment.random;
    auto parent = observability::trace_context::parse(item.traceparent);
    call on_behalf(parent ? parent->child(random) : observability::trace_context::root(random));
    std::string problem;
    std::int64_t wait = 0;
    if (!kind) {
        problem = "no service declares this kind of work";
    } else {
        try {
            auto outcome = co_await kind->perform(on_behalf, key.document, item);
            if (!outcome) {
                problem = std::string{outcome.error().text()};
                wait = outcome.error().retry_after_seconds * 1000;
            }
        } catch (const std::exception& thrown) {
            problem = thrown.what();
        }
    }
    if (problem.empty())
        due_done_.fetch_add(1, std::memory_order_relaxed);
    if (on_behalf.cleared(key.item))
        co_return;
    auto tried = item.attempts + (claimed ? 0 : 1);
    bool exhausted = kind && tried >= kind->max_attempts;
    auto next = now_ms() + std::max<std::int64_t>(wait, backoff(tried));
    std::optional<due_item> again;
    call c;
    auto rewritten = co_await rewrite_due(c, s, key.db, key.document, [&](std::vector<due_item>& all) {
        again.reset();
        auto* one = find_item(all, key.item);
        if (!one || one->at != item.at)
            return false; // cleared or replaced meanwhile
        if (problem.empty()) {
            std::erase_if(all, [&](const due_item& other) { return other.id == key.item; });
            return true;
        }
        one->attempts = std::max(one->attempts, tried);
        one->reason = problem;
        one->at = exhausted ? -1 : next;
        one->lease_until = next + parts_.retry.lease.count();
        again = *one;
        return true;
    });
    if (!problem.empty())
        observability::log::warning("due_work_failed",
                                    {{"kind", item.kind}, {"item", key.item}, {"attempts", tried}, {"why", problem}},
                                    {on_behalf.trace(), key.service});
    if (!rewritten || !again)
        co_return;
    if (exhausted)
        due_exhausted_.fetch_add(1, std::memory_order_relaxed);
    schedule_due(s, key.db, key.document, *again); // this runs still: it begins again from there
}

/// Takes what is overdue: its process died, or was too slow. A claim is committed before the work is done.
task<> delivery::impl::sweep_due(service_state& s)
{
    auto overdue = co_await s.store->due_before(now_ms(), 200);
    if (!overdue)
        co_return;
    for (auto& entry : *overdue) {
        due_key key{s.name, entry.db, entry.document, entry.item};
        {
            std::lock_guard lock(due_mutex_);
            if (!due_here_.try_emplace(key, due_slot{.at = entry.at}).second)
                continue;
        }
        begin_work();
        context_of(entry.document).post([this, key] { spawn(run_due(key, true)); });
    }
}

/// At the start of a store's only owner: leases of the process before are void, so its work is claimed at once.
task<> delivery::impl::take_over_due(service_state& s)
{
    if (!parts_.sole_owner)
        co_return;
    std::int64_t longest = now_ms() + 2 * parts_.retry.lease.count();
    auto all = co_await s.store->due_before(longest, 100'000);
    if (!all)
        co_return;
    for (auto& entry : *all) {
        call c;
        std::optional<due_item> taken;
        auto at = now_ms();
        co_await rewrite_due(c, s, entry.db, entry.document, [&](std::vector<due_item>& items) {
            taken.reset();
            auto* one = find_item(items, entry.item);
            if (!one || one->at < 0)
                return false;
            // Held by a committer that is gone (its due time was the lease's end), or begun by it: due now.
            if (one->lease_until == one->at || one->at <= at) {
                one->at = std::min(one->at, at);
                one->lease_until = 0;
                taken = *one;
                return true;
            }
            taken = *one;
            return false;
        });
        if (taken && taken->at > at)
            schedule_due(s, entry.db, entry.document, *taken);
    }
    co_await sweep_due(s);
}

/// An operator's word: exhausted work is due at once, with all its attempts before it.
task<result<nothing>> delivery::impl::retry_due(service_state& s, due_key key)
{
    call c;
    auto at = now_ms();
    std::optional<due_item> again;
    auto rewritten = co_await rewrite_due(c, s, key.db, key.document, [&](std::vector<due_item>& all) {
        again.reset();
        auto* one = find_item(all, key.item);
        if (!one || one->at >= 0)
            return false;
        one->at = at;
        one->attempts = 0;
        one->lease_until = at + parts_.retry.lease.count();
        again = *one;
        return true;
    });
    if (!rewritten)
        co_return fail(std::move(rewritten.error()));
    if (!again)
        co_return fail(errors::not_found, "There is no such exhausted work.");
    schedule_due(s, key.db, key.document, *again);
    co_return nothing{};
}

/// Work that nothing tries any more, of all services that run here.
task<std::vector<exhausted_work>> delivery::exhausted_due()
{
    constexpr std::size_t most_of_a_service = 10'000;
    std::vector<exhausted_work> out;
    for (auto& [name, s] : impl_->services_) {
        auto entries = co_await s.store->exhausted(most_of_a_service);
        if (!entries)
            throw std::runtime_error("a store is away; the list is not complete");
        for (const auto& entry : *entries) {
            auto found = co_await s.store->load(entry.db, entry.document);
            if (!found)
                throw std::runtime_error("a store is away; the list is not complete");
            const auto* one = find_item(found->envelope.due, entry.item);
            if (one && one->at < 0)
                out.push_back({name, s.databases[entry.db]->name, entry.document, one->id, one->kind, one->attempts,
                               one->reason});
        }
    }
    co_return out;
}

task<result<nothing>> delivery::retry_due(std::string service, std::string database, std::string document,
                                          std::string item)
{
    auto s = impl_->services_.find(service);
    const auto* declared = impl_->parts_.declared->database(service, database);
    if (s == impl_->services_.end() || !declared)
        co_return fail(errors::not_found, "No such service or database runs here.");
    co_return co_await impl_->retry_due(s->second, {service, declared->id, std::move(document), std::move(item)});
}

} // namespace edm
