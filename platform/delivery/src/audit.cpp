#include "impl.hpp"
#include "subscriber.hpp"

#include <algorithm>
#include <set>

namespace edm {

namespace {

constexpr std::size_t page_size = 500;

constexpr std::size_t chunk_size = 5000;

[[noreturn]] void incomplete()
{
    throw std::runtime_error("a store is away; the audit is not complete");
}

/// One key, as its publisher has it and as the subscriber does.
struct audited_key
{
    std::string key;
    sequence published;
    sequence mark{};
    sequence baseline{};            ///< the highest parked one: it stands for everything up to its sequence
    std::vector<sequence> parked{}; ///< single events
    std::set<sequence> moving{};    ///< in the log, above the cursor
};

struct waiting_row
{
    std::string key;
    edm::sequence sequence, mark;
    bool baseline, rebuild, dead;

    bool is_void() const { return rebuild ? sequence < mark : sequence <= mark; }
};

/// Up to which counter of what is published everything is accounted for by `s`. A key keeps its counters in a later
/// epoch; what that epoch brought first is missing still.
std::uint64_t covered(const audited_key& k, sequence s)
{
    if (s >= k.published)
        return k.published.counter;
    return std::min(s.counter, s.epoch == k.published.epoch ? k.published.counter : k.published.counter - 1);
}

/// How many events are neither applied nor parked, and how many of them are on their way.
std::pair<std::uint64_t, std::uint64_t> missing(const audited_key& k)
{
    auto base = std::max(covered(k, k.mark), covered(k, k.baseline));
    auto above = [&](sequence s) {
        return s.epoch == k.published.epoch && s.counter > base && s.counter <= k.published.counter;
    };
    std::uint64_t waiting = 0, moving = 0;
    for (auto s : k.parked)
        waiting += above(s);
    for (auto s : k.moving)
        moving += above(s) && std::find(k.parked.begin(), k.parked.end(), s) == k.parked.end();
    auto lacking = k.published.counter - std::min(k.published.counter, base + waiting);
    return {lacking, std::min(lacking, moving)};
}

/// Both sides of one subscription, in chunks of keys in their order, so that no more than a chunk is in memory.
struct audited_subscription
{
    std::string name;
    const topic_declaration* topic;
    store* from;
    store* at;

    /// The publisher's next keys; fewer than a chunk: the last ones.
    task<std::vector<audited_key>> keys(std::string after) const
    {
        std::vector<audited_key> out;
        while (out.size() < chunk_size) {
            auto page = co_await from->counters(topic->db, topic->name, after, page_size);
            if (!page)
                incomplete();
            for (auto& c : *page) {
                after = c.key;
                out.push_back({std::move(c.key), c.sequence});
            }
            if (page->size() < page_size)
                break;
        }
        co_return out;
    }

    /// What the subscriber has of the keys above `after`, up to the last of these (all, where these are the last ones):
    /// parked events first, then marks, for that is the way of an event. Returns the parked rows.
    task<std::vector<waiting_row>> look(std::vector<audited_key>& keys, std::string after) const
    {
        std::optional<std::string> last;
        if (keys.size() >= chunk_size)
            last = keys.back().key;
        auto rows = co_await waiting(after, last);
        for (auto& k : keys) {
            k.mark = k.baseline = {};
            k.parked.clear();
        }
        auto key = keys.begin();
        auto row = rows.begin();
        for (bool more = true; more;) {
            auto page = co_await at->marks(name, after, page_size);
            if (!page)
                incomplete();
            more = page->size() == page_size;
            for (auto& m : *page) {
                after = m.key;
                if (last && m.key > *last) {
                    more = false;
                    break;
                }
                while (key != keys.end() && key->key < m.key)
                    ++key;
                if (key != keys.end() && key->key == m.key)
                    key->mark = m.sequence;
                while (row != rows.end() && row->key < m.key)
                    ++row;
                for (; row != rows.end() && row->key == m.key; ++row)
                    row->mark = m.sequence;
            }
        }
        std::erase_if(rows, [](const waiting_row& one) { return one.is_void(); });
        key = keys.begin();
        for (const auto& one : rows) {
            while (key != keys.end() && key->key < one.key)
                ++key;
            if (key == keys.end() || key->key != one.key)
                continue;
            if (one.baseline)
                key->baseline = std::max(key->baseline, one.sequence);
            else
                key->parked.push_back(one.sequence);
        }
        co_return rows;
    }

    /// What the log holds of these keys above the cursor.
    task<> look_on_the_way(std::vector<audited_key>& keys) const
    {
        auto cursor = static_cast<std::uint64_t>(at->noted("cursor/" + name).value_or(0));
        for (bool more = true; more;) {
            auto page = co_await from->pending(cursor, page_size);
            if (!page)
                incomplete();
            more = page->size() == page_size;
            for (auto& one : *page) {
                cursor = one.position;
                if (one.event->topic != topic->name)
                    continue;
                auto k = std::lower_bound(keys.begin(), keys.end(), one.event->key,
                                          [](const audited_key& a, const std::string& b) { return a.key < b; });
                if (k != keys.end() && k->key == one.event->key)
                    k->moving.insert(one.event->sequence);
            }
        }
    }

  private:
    task<std::vector<waiting_row>> waiting(std::string after, std::optional<std::string> last) const
    {
        std::vector<waiting_row> out;
        std::optional<parked_event> place;
        if (!after.empty())
            place =
                parked_event{.subscription = name, .key = after, .sequence = {UINT32_MAX, INT64_MAX}, .event = nullptr};
        for (;;) {
            auto page = co_await at->parked({.subscription = name}, place, page_size);
            if (!page)
                incomplete();
            for (auto& e : *page) {
                if (last && e.key > *last)
                    co_return out;
                out.push_back({e.key, e.sequence, {}, e.baseline, e.rebuild, e.next_at < 0});
            }
            if (page->size() < page_size)
                co_return out;
            place = std::move(page->back());
        }
    }
};

/// A chunk is read in the order in which an event passes: counters, parked, marks. Where something lacks, the log is
/// read, and then the subscriber's side again: what moved on meanwhile is seen twice, never not at all.
task<audit_row> audit_one(audited_subscription of)
{
    audit_row row{.subscription = of.name, .topic = of.topic->name};
    const auto epoch = of.from->epoch();
    const bool baseline_on_its_way = of.at->noted("baseline/" + of.name).has_value();
    std::string after;
    for (bool more = true; more;) {
        auto keys = co_await of.keys(after);
        more = keys.size() >= chunk_size;
        auto rows = co_await of.look(keys, after);
        for (const auto& one : rows) {
            if (one.dead && one.sequence.epoch < epoch)
                continue; // of before a restore: nobody waits for it
            ++row.parked;
            row.dead += one.dead;
        }
        row.keys += keys.size();
        if (std::any_of(keys.begin(), keys.end(), [](const audited_key& k) { return missing(k).first != 0; })) {
            co_await of.look_on_the_way(keys);
            co_await of.look(keys, after);
            for (const auto& k : keys) {
                auto [lacking, moving] = missing(k);
                if (baseline_on_its_way)
                    moving = lacking; // by the pass that starts it complete: one event for all of them
                row.behind += moving;
                row.lost += lacking - moving;
            }
        }
        if (more)
            after = keys.back().key;
    }
    co_return row;
}

} // namespace

task<std::vector<audit_row>> delivery::audit()
{
    std::vector<audit_row> rows;
    for (auto& [name, to] : impl_->subscribers_) {
        const auto* topic = impl_->parts_.declared->topic(to->declared().topic);
        auto publisher = impl_->services_.find(topic->service);
        if (publisher == impl_->services_.end())
            continue;
        auto row = co_await audit_one({name, topic, publisher->second.store, to->service().store});
        rows.push_back(std::move(row));
    }
    co_return rows;
}

} // namespace edm
