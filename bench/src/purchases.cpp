#include "benchmarks.hpp"
#include "measure/disk.hpp"
#include "shop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace edm::bench {

using namespace measure;

namespace {

constexpr std::size_t under_way = 256;

/// The commits of one purchase as the design has them (§4.1, B9): what makes them, in which service's file.
struct expected_commits
{
    std::string_view service;
    double commits;
    std::string_view why;
};
constexpr std::array expected{
    expected_commits{"purchasing", 3, "before the call; requested + event; paid + event"},
    expected_commits{"payment-provider", 2, "the verdict, which is before the webhook; after the webhook"},
    expected_commits{"recipes", 2, "consuming requested; consuming paid"},
    expected_commits{"notifications", 2, "consuming requested; consuming paid"},
};

} // namespace

void measure_purchases(const settings& s, report& to)
{
    shop at{s.scratch / "b4"};
    crowd users{at.visited(), s.quick ? 1000u : 4000u};
    tally seen;
    keep_buying(users, under_way, std::chrono::milliseconds{500}, seen); // warm
    const int rounds = s.quick ? 3 : 5;
    const std::chrono::milliseconds length{s.quick ? 2000 : 4000};
    std::vector<double> rates, syncs, under_load;
    at.drain();
    // First, while everybody has something left to buy: each user can buy a recipe once.
    users.take();
    buy_steadily(users, 100, std::chrono::milliseconds{s.quick ? 5000 : 20'000});
    auto calm = users.take();
    if (calm.of(step::paid).empty())
        throw std::runtime_error("no purchase was measured: everybody has bought everything");
    std::size_t refused = calm.refused;
    for (int i = 0; i != rounds; ++i) {
        auto probe = sync_times(s.scratch, 200);
        syncs.push_back(quantile(probe, 0.5));
        rates.push_back(keep_buying(users, under_way, length, seen));
        const auto& took = seen.of(step::paid);
        under_load.insert(under_load.end(), took.begin(), took.end());
        refused += seen.refused;
    }
    at.drain();
    auto probe = sync_times(s.scratch, 200);
    syncs.push_back(quantile(probe, 0.5));
    if (refused != 0)
        throw std::runtime_error(fmt::format("{} purchases were refused", refused));

    auto rate = of(rates), sync = of(syncs);
    to.add({.id = "B4",
            .measure = fmt::format("purchases/s, {} under way", under_way),
            .value = si(rate),
            .reference = fmt::format("fdatasync {:.2f} ms", sync.median),
            .ratio = fmt::format("{:.2f} a sync", rate.median * sync.median / 1000),
            .target = "≥ 1,500/s",
            .came_to = passes(rate.median >= 1500),
            .figures = {{"per_second", rate.median},
                        {"sync_ms", sync.median},
                        {"p50_ms", quantile(under_load, 0.5)},
                        {"p99_ms", quantile(under_load, 0.99)}}});
    auto& took = calm.of(step::paid);
    auto p50 = quantile(took, 0.5), p99 = quantile(took, 0.99);
    to.add({.id = "B4",
            .measure = fmt::format("ms from buy to the purchased event at 100/s, p50 / p99 of {}", took.size()),
            .value = fmt::format("{:.1f} / {:.1f}", p50, p99),
            .reference = fmt::format("fdatasync {:.2f} ms", sync.median),
            .ratio = fmt::format("p50 {:.1f} syncs", p50 / sync.median),
            .target = "p99 ≤ 15 ms",
            .came_to = passes(p99 <= 15),
            .figures = {{"p50_ms", p50}, {"p99_ms", p99}, {"sync_ms", sync.median}}});
    to.note(fmt::format("B4: under that load a purchase takes p50 {:.0f} ms, p99 {:.0f} ms", quantile(under_load, 0.5),
                        quantile(under_load, 0.99)));
}

void measure_commits(const settings& s, report& to)
{
    shop at{s.scratch / "b9"};
    crowd users{at.visited(), 100};
    buy_one_by_one(users, 20);
    users.take();
    at.drain();
    std::map<std::string, store::counts> before;
    for (const auto& name : at.services())
        before[name] = at.counted(name);
    const std::size_t purchases = s.quick ? 200 : 1000;
    buy_one_by_one(users, purchases);
    at.drain();
    if (users.take().of(step::paid).size() != purchases)
        throw std::runtime_error("not every purchase ended");

    double commits = 0, syncs = 0, planned = 0;
    std::string parts;
    for (const auto& e : expected) {
        auto now = at.counted(e.service);
        const auto& was = before[std::string{e.service}];
        auto c = static_cast<double>(now.commits - was.commits) / static_cast<double>(purchases);
        auto f = static_cast<double>(now.syncs - was.syncs) / static_cast<double>(purchases);
        commits += c;
        syncs += f;
        planned += e.commits;
        parts += fmt::format("{}{} {:.2f} of {:.0f} ({}), {:.2f} syncs", parts.empty() ? "" : "; ", e.service, c,
                             e.commits, e.why, f);
    }
    // Where the webhook overtakes the answer to the call, two of these commits are one: fewer is as designed.
    to.add({.id = "B9",
            .measure = "durable commits a purchase",
            .value = fmt::format("{:.2f}", commits),
            .reference = fmt::format("the design's {:.0f}", planned),
            .ratio = percent(commits / planned),
            .target = fmt::format("≤ {:.0f}", planned),
            .came_to = passes(commits <= planned + 0.005),
            .figures = {{"commits", commits}, {"expected", planned}}});
    to.add({.id = "B9",
            .measure = "syncs a purchase, one at a time",
            .value = fmt::format("{:.2f}", syncs),
            .reference = fmt::format("commits {:.2f}", commits),
            .ratio = percent(syncs / commits),
            .target = "≤ commits",
            .came_to = passes(syncs <= commits + 0.005),
            .figures = {{"syncs", syncs}}});
    to.note("B9: " + parts);
}

} // namespace edm::bench
