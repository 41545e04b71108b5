#include <edm/delivery/audit.hpp>

#include <algorithm>
#include <set>

namespace edm {

namespace {

constexpr std::size_t chunk_size = 5000;

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
    audited_event event;
    sequence mark{};

    bool is_void() const { return event.rebuild ? event.sequence < mark : event.sequence <= mark; }
};

/// Up to which counter of what is published everything is accounted for by `s`. A key keeps its counters in a later
/// epoch; what that epoch brought first is missing still.
std::uint64_t covered(const audited_key& k, sequence s)
{
    if (s >= k.published)
        return k.published.counter;
    return std::min(s.counter, s.epoch == k.published.epoch ? k.published.counter : k.published.counter - 1);
}

/// How many events are neither applied nor parked, and how many of them are known to be on their way.
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

/// What is known of everything that lacks.
enum class way
{
    nowhere, ///< nothing is on its way
    listed,  ///< `moving` has what is
    unknown  ///< something is, or may be
};

/// Both ends of one subscription, in chunks of keys in their order, so that no more than a chunk is in memory.
/// Processes that run the same end share what is stored: one is asked for it, all for what is on its way.
struct audited_subscription
{
    audited_ends of;

    audit_side& publisher() const { return *of.publishers.front(); }
    audit_side& subscriber() const { return *of.subscribers.front(); }

    /// The publisher's next keys; fewer than a chunk: the last ones.
    task<std::vector<audited_key>> keys(std::string after) const
    {
        std::vector<audited_key> out;
        while (out.size() < chunk_size) {
            auto page = co_await publisher().counters(of.topic, after);
            for (auto& c : page) {
                after = c.key;
                out.push_back({std::move(c.key), c.sequence});
            }
            if (page.size() < audit_side::page)
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
            auto page = co_await subscriber().marks(of.subscription, after);
            more = page.size() == audit_side::page;
            for (auto& m : page) {
                after = m.key;
                if (last && m.key > *last) {
                    more = false;
                    break;
                }
                while (key != keys.end() && key->key < m.key)
                    ++key;
                if (key != keys.end() && key->key == m.key)
                    key->mark = m.sequence;
                while (row != rows.end() && row->event.key < m.key)
                    ++row;
                for (; row != rows.end() && row->event.key == m.key; ++row)
                    row->mark = m.sequence;
            }
        }
        std::erase_if(rows, [](const waiting_row& one) { return one.is_void(); });
        key = keys.begin();
        for (const auto& [e, mark] : rows) {
            while (key != keys.end() && key->key < e.key)
                ++key;
            if (key == keys.end() || key->key != e.key)
                continue;
            if (e.baseline)
                key->baseline = std::max(key->baseline, e.sequence);
            else
                key->parked.push_back(e.sequence);
        }
        co_return rows;
    }

    /// The log first, then what has left it and did not arrive: an event is seen twice, never not at all.
    task<way> look_on_the_way(std::vector<audited_key>& keys) const
    {
        bool idle = of.complete;
        for (auto* one : of.publishers) {
            auto unsent = co_await one->unsent(of.publisher);
            idle = idle && unsent == 0;
        }
        for (auto* one : of.subscribers) {
            auto unsettled = co_await one->on_the_way(of.subscription);
            auto starts = co_await one->starting(of.subscription);
            idle = idle && unsettled == 0 && !starts;
            if (starts)
                co_return way::unknown; // one event stands for all of a key
        }
        if (idle)
            co_return way::nowhere;
        auto put = [&](std::string_view name, sequence s) {
            auto k = std::lower_bound(keys.begin(), keys.end(), name,
                                      [](const audited_key& a, std::string_view b) { return a.key < b; });
            if (k != keys.end() && k->key == name)
                k->moving.insert(s);
        };
        auto listed = co_await subscriber().list_on_the_way(of.subscription, put);
        co_return listed ? way::listed : way::unknown;
    }

  private:
    task<std::vector<waiting_row>> waiting(std::string after, std::optional<std::string> last) const
    {
        std::vector<waiting_row> out;
        sequence place{UINT32_MAX, INT64_MAX}; // behind all of `after`
        for (;;) {
            auto page = co_await subscriber().parked(of.subscription, after, place);
            for (auto& e : page) {
                if (last && e.key > *last)
                    co_return out;
                after = e.key;
                place = e.sequence;
                out.push_back({std::move(e)});
            }
            if (page.size() < audit_side::page)
                co_return out;
        }
    }
};

} // namespace

/// A chunk is read in the order in which an event passes: counters, parked, marks. Where something lacks, what is on
/// its way is looked at, and then the subscriber's end again: what moved on meanwhile is seen twice, never not at all.
task<audit_row> audit_subscription(audited_ends ends)
{
    audited_subscription of{std::move(ends)};
    audit_row row{.subscription = of.of.subscription, .topic = of.of.topic};
    const auto epoch = co_await of.publisher().epoch(of.of.publisher);
    // A pass that ends meanwhile has left its events where they are looked for; what lacked at its beginning is behind.
    const bool starts = co_await of.subscriber().starting(row.subscription);
    std::string after;
    for (bool more = true; more;) {
        auto keys = co_await of.keys(after);
        more = keys.size() >= chunk_size;
        auto rows = co_await of.look(keys, after);
        for (const auto& one : rows) {
            if (one.event.dead && one.event.sequence.epoch < epoch)
                continue; // of before a restore: nobody waits for it
            ++row.parked;
            row.dead += one.event.dead;
        }
        row.keys += keys.size();
        if (std::any_of(keys.begin(), keys.end(), [](const audited_key& k) { return missing(k).first != 0; })) {
            auto found = co_await of.look_on_the_way(keys);
            co_await of.look(keys, after);
            for (const auto& k : keys) {
                auto [lacking, moving] = missing(k);
                if (starts || found == way::unknown)
                    moving = lacking;
                row.behind += moving;
                row.lost += lacking - moving;
            }
        }
        if (more)
            after = keys.back().key;
    }
    co_return row;
}

} // namespace edm
