#include "bare_writer.hpp"
#include "benchmarks.hpp"
#include "ledger.hpp"
#include "rabbitmq_peer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace edm::bench {

namespace {

constexpr std::size_t keys_of_b3 = 10'000;

double per_second(std::size_t count, double seconds)
{
    return static_cast<double>(count) / seconds;
}

/// The same events by way of RabbitMQ, in turns with ours.
void measure_peer(const settings& s, report& to, ledger& whole, const std::vector<std::string>& keys)
{
    if (auto missing = rabbitmq_peer::missing(); !missing.empty()) {
        to.add({.id = "B3", .measure = "events/s beside RabbitMQ, the same durable effects", .value = "not run"});
        to.note("B3: RabbitMQ: not run: " + missing);
        return;
    }
    const int rounds = s.quick ? 3 : 5;
    const std::size_t count = s.quick ? 20'000 : 60'000;
    rabbitmq_peer peer{s.scratch / "b3-rabbitmq", s.scratch / "b3"};
    peer.publish(keys, keys.size());
    std::vector<double> ours, theirs, ratios, work;
    for (int i = 0; i != rounds; ++i) {
        ours.push_back(per_second(count, whole.publish(keys, count)));
        auto used = processor_seconds() + peer.broker_seconds();
        theirs.push_back(per_second(count, peer.publish(keys, count)));
        work.push_back((processor_seconds() + peer.broker_seconds() - used) * 1e6 / static_cast<double>(count));
        ratios.push_back(ours.back() / theirs.back());
    }
    auto mine = of(ours), rabbits = of(theirs), ratio = of(ratios);
    to.add({.id = "B3",
            .measure = "events/s beside RabbitMQ, the same durable effects",
            .value = si(mine),
            .reference = fmt::format("RabbitMQ {}", si(rabbits)),
            .ratio = fmt::format("{:.1f} ×", ratio.median),
            .target = "≥ 5 ×",
            .came_to = passes(ratio.median >= 5),
            .figures = {{"ours", mine.median},
                        {"rabbitmq", rabbits.median},
                        {"ratio_median", ratio.median},
                        {"ratio_lowest", ratio.lowest},
                        {"ratio_highest", ratio.highest},
                        {"rabbitmq_cpu_us", of(work).median}}});
    to.note(fmt::format("B3: processor time an event with RabbitMQ: {:.1f} µs, broker and clients", of(work).median));
}

} // namespace

void measure_events(const settings& s, report& to)
{
    const auto keys = make_keys(keys_of_b3, true);
    const int rounds = s.quick ? 5 : 9;
    const std::size_t count = s.quick ? 60'000 : 200'000;
    ledger whole{s.scratch / "b3"};
    whole.publish(keys, keys.size()); // every key once: what is measured are changes of documents
    auto groups = whole.group_sizes();
    bare_writer bare{s.scratch / "b3-bare", s.scratch / "b3"};
    bare.write(keys, keys.size(), groups);

    std::vector<double> ours, reference, ratios, work, bare_work;
    std::vector<std::vector<double>> sizes(groups.size());
    for (int i = 0; i != rounds; ++i) {
        auto used = processor_seconds();
        auto a = per_second(count, whole.publish(keys, count));
        work.push_back((processor_seconds() - used) * 1e6 / static_cast<double>(count));
        groups = whole.group_sizes();
        used = processor_seconds();
        auto b = per_second(count, bare.write(keys, count, groups));
        bare_work.push_back((processor_seconds() - used) * 1e6 / static_cast<double>(count));
        ours.push_back(a);
        reference.push_back(b);
        ratios.push_back(a / b);
        for (std::size_t n = 0; n != groups.size(); ++n)
            sizes[n].push_back(groups[n]);
    }
    auto mine = of(ours), bares = of(reference), ratio = of(ratios);
    to.add({.id = "B3",
            .measure = "events/s, one topic to two subscriptions, durable, 10,000 keys",
            .value = si(mine),
            .reference = fmt::format("one thread, same rows {}", si(bares)),
            .ratio = percent(ratio.median),
            .target = "≥ 100 %",
            .came_to = passes(ratio.median >= 1),
            .figures = {{"ours", mine.median},
                        {"bare", bares.median},
                        {"ratio_median", ratio.median},
                        {"ratio_lowest", ratio.lowest},
                        {"ratio_highest", ratio.highest},
                        {"cpu_us", of(work).median},
                        {"bare_cpu_us", of(bare_work).median}}});
    to.note(fmt::format("B3: processor time an event: {:.1f} µs on all cores; the reference's one thread {:.1f} µs",
                        of(work).median, of(bare_work).median));
    to.note(fmt::format("B3: commits a sync: publisher {:.0f}, subscribers {:.0f} and {:.0f}", of(sizes[0]).median,
                        of(sizes[1]).median, of(sizes[2]).median));
    measure_peer(s, to, whole, keys);
}

/// The same rate on an empty store and after a million events, taken alternately.
void measure_history(const settings& s, report& to)
{
    constexpr std::size_t history = 1'000'000, count = 100'000;
    constexpr int rounds = 5;
    const auto keys = make_keys(keys_of_b3, true);
    ledger old{s.scratch / "b8-old"};
    old.publish(keys, history);
    ledger fresh{s.scratch / "b8-fresh"};
    fresh.publish(keys, keys.size());
    std::vector<double> after, before, ratios;
    for (int i = 0; i != rounds; ++i) {
        before.push_back(per_second(count, fresh.publish(keys, count)));
        after.push_back(per_second(count, old.publish(keys, count)));
        ratios.push_back(after.back() / before.back());
    }
    auto ratio = of(ratios);
    to.add({.id = "B8",
            .measure = "events/s of B3 after 1,000,000 events",
            .value = si(of(after)),
            .reference = fmt::format("on an empty store {}", si(of(before))),
            .ratio = percent(ratio.median),
            .target = "≥ 95 %",
            .came_to = passes(ratio.median >= 0.95),
            .figures = {{"after", of(after).median}, {"before", of(before).median}, {"ratio_median", ratio.median}}});
    const auto random = make_keys(history, false);
    ledger many{s.scratch / "b8-random"};
    auto rate = per_second(history, many.publish(random, history));
    to.add({.id = "B8",
            .measure = "events/s, 1,000,000 new random keys",
            .value = si(rate),
            .figures = {{"random_keys", rate}}});
}

} // namespace edm::bench
