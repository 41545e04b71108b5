#include "html_style.hpp"
#include "plot.hpp"
#include "results.hpp"

#include <edm/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace edm::measure {

namespace {

std::string label_of(const outcome& o)
{
    return fmt::format("{} · {} · {}", o.what.split ? "split" : "one process",
                       o.what.store == "sqlite" ? "SQLite" : "CouchDB",
                       o.what.bus == "embedded" ? "in memory" : "RabbitMQ");
}

std::string colour_of(std::size_t n)
{
    return fmt::format("c{}", n % 5);
}

std::string card(std::string_view title, std::string_view note, const std::string& content)
{
    return fmt::format("<figure><figcaption><b>{}</b>{}</figcaption>{}</figure>\n", title,
                       note.empty() ? std::string{} : fmt::format(" <span>{}</span>", note), content);
}

/// Bars of one figure of each placement.
std::string chart(const results& r, std::string_view title, std::string_view note, std::string_view unit, auto value_of)
{
    std::vector<plot::bar> all;
    for (std::size_t i = 0; i != r.outcomes.size(); ++i) {
        const double value = value_of(r.outcomes[i]);
        if (std::isnan(value))
            continue;
        all.push_back({label_of(r.outcomes[i]),
                       fmt::format("{}{}{}", shown(value), unit.empty() ? "" : " ", unit),
                       {{colour_of(i), value, fmt::format("{}: {} {}", label_of(r.outcomes[i]), shown(value), unit)}}});
    }
    return all.empty() ? std::string{} : card(title, note, plot::bars(std::string{title}, all));
}

/// Bars whose parts are who uses it.
std::string stacked(const results& r, std::string_view title, std::string_view note, std::string_view unit, auto of)
{
    std::vector<plot::bar> all;
    for (const auto& o : r.outcomes) {
        const by_role& used = of(o);
        plot::bar one{label_of(o), fmt::format("{} {}", shown(used.sum()), unit), {}};
        for (std::size_t i = 0; i != role_count; ++i)
            if (used.of[i] && !std::isnan(*used.of[i]))
                one.parts.push_back(
                    {fmt::format("r{}", i), *used.of[i],
                     fmt::format("{}: {} {}", name_of(static_cast<role>(i)), shown(*used.of[i]), unit)});
        all.push_back(std::move(one));
    }
    std::string legend = R"(<p class="legend">)";
    for (std::size_t i = 0; i != role_count; ++i)
        legend += fmt::format(R"(<span><i class="r{}"></i>{}</span>)", i, name_of(static_cast<role>(i)));
    return card(title, note, legend + "</p>" + plot::bars(std::string{title}, all));
}

std::string latencies(const results& r)
{
    struct told
    {
        step which;
        std::string_view title, note;
    };
    static constexpr std::array steps{
        told{step::list, "List of recipes", "20 of them"},
        told{step::look, "One recipe", ""},
        told{step::sign_up, "Sign-up", "hashes a password"},
        told{step::mailed, "Sign-up to its mail", "one event further"},
        told{step::confirm, "Confirmation", ""},
        told{step::log_in, "Log-in", "hashes, and waits for the confirmation's event"},
        told{step::accepted, "Purchase answered", "two commits around a call"},
        told{step::requested, "Told: requested", "one event further"},
        told{step::paid, "Told: paid", "a webhook and an event further"},
    };
    double lowest = 1e9, highest = 0;
    for (const auto& o : r.outcomes)
        for (const auto& l : o.open_loop)
            if (l.count != 0) {
                lowest = std::min(lowest, l.p50);
                highest = std::max(highest, l.p99);
            }
    lowest = std::pow(10, std::floor(std::log10(std::max(lowest, 0.01))));
    highest = std::pow(10, std::ceil(std::log10(std::max(highest, lowest * 10))));
    std::string out;
    for (const auto& s : steps) {
        std::vector<plot::range> all;
        for (std::size_t i = 0; i != r.outcomes.size(); ++i)
            if (const auto& l = r.outcomes[i].open_loop[static_cast<std::size_t>(s.which)]; l.count != 0)
                all.push_back({label_of(r.outcomes[i]), colour_of(i), l.p50, l.p95, l.p99});
        if (!all.empty())
            out += card(s.title, s.note, plot::ranges(std::string{s.title}, all, lowest, highest));
    }
    return out;
}

/// What changes from one placement to another, as factors.
std::string boundaries(const results& r)
{
    struct change
    {
        std::string_view from, to, what;
    };
    static constexpr std::array changes{
        change{"one-embedded", "one-rabbitmq", "events by a broker"},
        change{"one-rabbitmq", "split-rabbitmq", "a process per service"},
        change{"one-rabbitmq", "one-couchdb", "documents in a server"},
        change{"one-couchdb", "split-couchdb", "a process per service, on CouchDB"},
        change{"one-embedded", "split-couchdb", "all of it"},
    };
    auto find = [&](std::string_view id) {
        auto at = std::ranges::find_if(r.outcomes, [&](const outcome& o) { return o.what.id == id; });
        return at == r.outcomes.end() ? nullptr : &*at;
    };
    std::string rows;
    for (const auto& c : changes) {
        const auto *from = find(c.from), *to = find(c.to);
        if (!from || !to)
            continue;
        const auto paid = static_cast<std::size_t>(step::paid);
        auto times = [](double a, double b) { return a > 0 ? fmt::format("× {}", shown(b / a)) : std::string{"–"}; };
        rows += fmt::format(
            "<tr><th>{}</th><td>{}</td><td>{} ms</td><td>{}</td><td>{}</td><td>{} MiB</td><td>{}</td></tr>\n", c.what,
            times(from->purchases_per_second, to->purchases_per_second),
            shown(to->open_loop[paid].p50 - from->open_loop[paid].p50),
            times(from->busy.cpu_ms.sum(), to->busy.cpu_ms.sum()), times(from->busy.bytes, to->busy.bytes),
            shown(to->idle_mib.sum() - from->idle_mib.sum()), times(from->start_ms, to->start_ms));
    }
    if (rows.empty())
        return {};
    return "<h2>What one boundary costs</h2>\n<div class=\"scroll\"><table><thead><tr><th>what changes</th>"
           "<th>purchases/s</th><th>paid, p50</th><th>processor time a purchase</th><th>bytes a purchase</th>"
           "<th>memory</th><th>start</th></tr></thead><tbody>\n" +
           rows + "</tbody></table></div>\n";
}

std::string table(const results& r)
{
    std::string out = "<div class=\"scroll\"><table><thead><tr><th></th>";
    for (const auto& o : r.outcomes)
        out += fmt::format("<th>{}</th>", o.what.id);
    out += "</tr></thead><tbody>\n";
    std::string group;
    for (const auto& f : figures()) {
        if (std::ranges::all_of(r.outcomes, [&](const outcome& o) { return std::isnan(f.of(o)); }))
            continue;
        if (f.group != group)
            out += fmt::format("<tr class=\"group\"><th colspan=\"{}\">{}</th></tr>\n", r.outcomes.size() + 1,
                               html_escape(group = f.group));
        out += fmt::format("<tr><th>{}{}</th>", html_escape(f.name), f.unit.empty() ? "" : ", " + f.unit);
        for (const auto& o : r.outcomes)
            out += fmt::format("<td>{}</td>", shown(f.of(o)));
        out += "</tr>\n";
    }
    return out + "</tbody></table></div>\n";
}

std::string remarks(const results& r)
{
    std::string out = "<ul>\n";
    for (const auto& o : r.outcomes) {
        out += fmt::format("<li><b>{}</b>: {}, {} {}{}. ", o.what.id, o.what.title, o.processes,
                           o.processes == 1 ? "process" : "processes", o.through_proxy ? " behind nginx" : "");
        out += o.audit
                   ? fmt::format("Audit behind it: {:.0f} events behind, {:.0f} lost.", o.audit->behind, o.audit->lost)
                   : std::string{"The audit could not be made."};
        if (o.refused != 0)
            out += fmt::format(" {} answers that no user wants; the first: <code>{}</code>", o.refused,
                               html_escape(o.refusal.substr(0, 300)));
        out += "</li>\n";
    }
    for (const auto& one : r.not_run)
        out += fmt::format("<li>Not run: {}</li>\n", html_escape(one.substr(0, one.find('\n'))));
    return out + "</ul>\n";
}

std::string method(const results& r)
{
    const auto& w = r.work;
    return fmt::format(
        "<ul>\n<li>Every placement is the same binary on fresh data, one after the other; clients, services and "
        "servers share "
        "the machine, so compare within this page only.</li>\n"
        "<li>Latency: for {:g} s users begin {:g} lists, {:g} looks at a recipe, {:g} sign-ups and {:g} purchases a "
        "second, at "
        "random moments by seed {}, whatever the answers do; a late begin counts. Each sign-up waits for its mail, "
        "confirms, "
        "and logs in.</li>\n"
        "<li>Throughput: {} purchases, {} sign-ups, or {} lists under way at any time, for {:g} s each, by {} buyers "
        "who "
        "follow their notifications. A purchase ends when its buyer was told that it is paid; payments take no "
        "time.</li>\n"
        "<li>Processor time: of the processes and all below them, by /proc. Memory: proportional set size, before and "
        "after "
        "the load. Bytes: what the loopback interface carried, headers and clients included. Syncs: {}. Commits: the "
        "program's own count.</li>\n"
        "<li>An event's hop: the median until a buyer was told of a request, less the median until the request was "
        "answered; "
        "the same for a sign-up's mail.</li>\n</ul>\n",
        2 * w.seconds, w.rates.lists, w.rates.looks, w.rates.sign_ups, w.rates.purchases, w.seed, w.buying,
        w.signing_up, w.reading, w.seconds, w.buyers, html_escape(r.syncs_counted));
}

} // namespace

std::string as_html(const results& r)
{
    const auto paid = static_cast<std::size_t>(step::paid);
    std::string out = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                      "<meta name=\"color-scheme\" content=\"light dark\"><title>edm measure</title>\n<style>";
    out += style;
    out += "</style></head><body><main>\n<h1>One program, placed differently</h1>\n";
    out += fmt::format(
        "<p class=\"about\">The same shop, the same users: what engines and processes cost. edm {}, {}. {}, {}. "
        "One fdatasync takes {} ms.</p>\n",
        html_escape(r.version), html_escape(r.measured_at.substr(0, 16)), html_escape(r.processor),
        html_escape(r.machine), shown(r.sync_ms));
    out += remarks(r);
    if (r.outcomes.empty())
        return out + "</main></body></html>\n";
    out += "<h2>Throughput</h2>\n<div class=\"cards\">\n";
    out += chart(r, "Purchases", "more is better", "/s", [](const outcome& o) { return o.purchases_per_second; });
    out += chart(r, "Lists of recipes", "more is better", "/s", [](const outcome& o) { return o.lists_per_second; });
    out +=
        chart(r, "Sign-ups", "confirmed and logged in", "/s", [](const outcome& o) { return o.sign_ups_per_second; });
    out += "</div>\n" + boundaries(r);
    out += "<div class=\"cards\">\n";
    out += chart(r, "An event's hop", "to a buyer's notification", "ms",
                 [](const outcome& o) { return std::max(0.0, o.hop_to_notification()); });
    out += chart(r, "A purchase, alone", "until told: paid; median", "ms",
                 [=](const outcome& o) { return o.alone[paid].p50; });
    out += "</div>\n<h2>What a purchase takes</h2>\n<div class=\"cards\">\n";
    out += stacked(r, "Processor time", "many under way", "ms",
                   [](const outcome& o) -> const by_role& { return o.busy.cpu_ms; });
    out += stacked(r, "Memory, idle", "proportional", "MiB",
                   [](const outcome& o) -> const by_role& { return o.idle_mib; });
    out += stacked(r, "Syncs", "one purchase at a time", "",
                   [](const outcome& o) -> const by_role& { return o.single.syncs; });
    out += stacked(r, "Syncs", "many under way", "", [](const outcome& o) -> const by_role& { return o.busy.syncs; });
    out += chart(r, "Over sockets", "many under way", "KiB", [](const outcome& o) { return o.busy.bytes / 1024; });
    out += chart(r, "Start", "to /readyz of all; median", "ms", [](const outcome& o) { return o.start_ms; });
    out += "</div>\n<h2>Latency at a fixed rate</h2>\n<p class=\"about\">Dot p50, tick p95, ring p99; the figures are "
           "these "
           "three, in ms. The scale is logarithmic, and the same in all.</p>\n<div class=\"cards\">\n";
    out += latencies(r);
    out += "</div>\n<h2>All figures</h2>\n" + table(r) + "<h2>How it was measured</h2>\n" + method(r);
    return out + "</main></body></html>\n";
}

} // namespace edm::measure
