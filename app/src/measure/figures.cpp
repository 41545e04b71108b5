#include "results.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace edm::measure {

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

double all_syncs(const per_purchase& p)
{
    for (const auto& one : p.syncs.of)
        if (one)
            return p.syncs.sum();
    return p.store_syncs > 0 ? p.store_syncs : none;
}

struct told_step
{
    step which;
    std::string_view name;
};
constexpr std::array told_steps{
    told_step{step::list, "list"},
    told_step{step::look, "one recipe"},
    told_step{step::sign_up, "sign-up"},
    told_step{step::mailed, "sign-up to its mail"},
    told_step{step::confirm, "confirmation"},
    told_step{step::log_in, "log-in behind it"},
    told_step{step::accepted, "purchase answered"},
    told_step{step::requested, "told that it is requested"},
    told_step{step::paid, "told that it is paid"},
};

void add_latencies(std::vector<figure>& to)
{
    struct part
    {
        std::string_view name;
        double latency::* of;
    };
    static constexpr std::array parts{part{"p50", &latency::p50}, part{"p95", &latency::p95},
                                      part{"p99", &latency::p99}};
    for (const auto& one : told_steps)
        for (const auto& p : parts)
            to.push_back({"Latency at a fixed rate", fmt::format("{}, {}", one.name, p.name), "ms",
                          [which = static_cast<std::size_t>(one.which), of = p.of](const outcome& o) {
                              return o.open_loop[which].count != 0 ? o.open_loop[which].*of : none;
                          }});
}

void add_purchase(std::vector<figure>& to, const std::string& group, per_purchase outcome::* at)
{
    auto add = [&](std::string name, std::string unit, auto of) {
        to.push_back({group, std::move(name), std::move(unit), [at, of](const outcome& o) { return of(o.*at); }});
    };
    add("commits", "", [](const per_purchase& p) { return p.commits; });
    add("events handled", "", [](const per_purchase& p) { return p.handled; });
    add("syncs, all", "", [](const per_purchase& p) { return all_syncs(p); });
    add("over sockets", "KiB", [](const per_purchase& p) { return p.bytes / 1024; });
}

std::vector<figure> all_figures()
{
    std::vector<figure> out{
        {"Throughput", "purchases", "1/s", [](const outcome& o) { return o.purchases_per_second; }, false},
        {"Throughput", "lists of recipes", "1/s", [](const outcome& o) { return o.lists_per_second; }, false},
        {"Throughput", "sign-ups", "1/s", [](const outcome& o) { return o.sign_ups_per_second; }, false},
    };
    add_latencies(out);
    const std::string boundary = "One boundary";
    out.push_back({boundary, "event: told of a request, beyond its answer", "ms",
                   [](const outcome& o) { return o.hop_to_notification(); }});
    out.push_back({boundary, "event: a sign-up's mail, beyond its answer", "ms",
                   [](const outcome& o) { return o.hop_to_mail(); }});
    out.push_back({boundary, "request: through the proxy, beyond direct", "ms", [](const outcome& o) {
                       return o.look_direct && o.look_proxied ? o.look_proxied->p50 - o.look_direct->p50 : none;
                   }});
    const std::string busy = "One purchase, many under way";
    out.push_back({busy, "processor time, all", "ms", [](const outcome& o) { return o.busy.cpu_ms.sum(); }});
    for (auto r : {role::program, role::proxy, role::broker, role::database})
        out.push_back({busy, fmt::format("processor time, {}", name_of(r)), "ms",
                       [r](const outcome& o) { return o.busy.cpu_ms[r].value_or(none); }});
    add_purchase(out, busy, &outcome::busy);
    const std::string alone = "One purchase, alone";
    out.push_back({alone, "told that it is paid, p50", "ms",
                   [](const outcome& o) { return o.alone[static_cast<std::size_t>(step::paid)].p50; }});
    add_purchase(out, alone, &outcome::single);
    out.push_back({"Memory", "idle, all", "MiB", [](const outcome& o) { return o.idle_mib.sum(); }});
    for (auto r : {role::program, role::proxy, role::broker, role::database})
        out.push_back({"Memory", fmt::format("idle, {}", name_of(r)), "MiB",
                       [r](const outcome& o) { return o.idle_mib[r].value_or(none); }});
    out.push_back({"Memory", "after the load, all", "MiB", [](const outcome& o) { return o.loaded_mib.sum(); }});
    out.push_back(
        {"Start to /readyz", "first, nothing there", "ms", [](const outcome& o) { return o.first_start_ms; }});
    out.push_back({"Start to /readyz", "again, median", "ms", [](const outcome& o) { return o.start_ms; }});
    return out;
}

} // namespace

const std::vector<figure>& figures()
{
    static const std::vector<figure> all = all_figures();
    return all;
}

std::string shown(double value)
{
    if (std::isnan(value))
        return "–";
    if (value < 0)
        return "−" + shown(-value);
    if (value < 9.995)
        return fmt::format("{:.2f}", value);
    if (value < 99.95)
        return fmt::format("{:.1f}", value);
    auto text = fmt::format("{:.0f}", value);
    for (auto at = text.size(); at > 3; at -= 3)
        text.insert(at - 3, ",");
    return text;
}

} // namespace edm::measure
