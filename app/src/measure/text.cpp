#include "results.hpp"

#include "table.hpp"

#include <edm/core/text.hpp>
#include <edm/describe/encode.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace edm::measure {

namespace {

/// Columns two blanks apart, figures to the right.
std::string aligned(const std::vector<std::vector<std::string>>& rows)
{
    std::vector<std::size_t> widths(rows.front().size());
    for (const auto& row : rows)
        for (std::size_t i = 0; i != row.size(); ++i)
            widths[i] = std::max(widths[i], code_points(row[i]));
    std::string out;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i != row.size(); ++i) {
            std::string blanks(widths[i] - code_points(row[i]), ' ');
            line += i == 0 ? row[i] + blanks : "  " + blanks + row[i];
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + '\n';
    }
    return out;
}

std::string json_text(std::string_view text)
{
    std::string out;
    append_json_string(out, text);
    return out;
}

std::string number(double value)
{
    return std::isnan(value) ? "null" : fmt::format("{:.6g}", value);
}

std::string json_of(const by_role& b)
{
    std::string out = "{";
    for (std::size_t i = 0; i != role_count; ++i)
        if (b.of[i])
            out +=
                fmt::format(R"({}"{}":{})", out.size() > 1 ? "," : "", name_of(static_cast<role>(i)), number(*b.of[i]));
    return out + "}";
}

std::string json_of(const std::array<latency, step_count>& all)
{
    std::string out = "{";
    for (std::size_t i = 0; i != step_count; ++i)
        if (const auto& l = all[i]; l.count != 0)
            out += fmt::format(R"({}"{}":{{"count":{},"p50":{},"p95":{},"p99":{}}})", out.size() > 1 ? "," : "",
                               name_of(static_cast<step>(i)), l.count, number(l.p50), number(l.p95), number(l.p99));
    return out + "}";
}

std::string json_of(const per_purchase& p)
{
    return fmt::format(R"({{"commits":{},"events":{},"handled":{},"store_syncs":{},"syncs":{},"cpu_ms":{},)"
                       R"("socket_bytes":{},"client_bytes":{}}})",
                       number(p.commits), number(p.events), number(p.handled), number(p.store_syncs), json_of(p.syncs),
                       json_of(p.cpu_ms), number(p.bytes), number(p.client_bytes));
}

std::string json_of(const outcome& o)
{
    auto out = fmt::format(
        R"({{"id":"{}","title":{},"store":"{}","bus":"{}","processes":{},"proxy":{},"purchases_per_second":{},)"
        R"("lists_per_second":{},"sign_ups_per_second":{},"refused":{},"refusal":{},"first_start_ms":{},"start_ms":{},)",
        o.what.id, json_text(o.what.title), o.what.store, o.what.bus, o.processes, o.through_proxy,
        number(o.purchases_per_second), number(o.lists_per_second), number(o.sign_ups_per_second), o.refused,
        json_text(o.refusal), number(o.first_start_ms), number(o.start_ms));
    out += fmt::format(R"("open_loop_ms":{},"alone_ms":{},"busy":{},"single":{},"idle_mib":{},"loaded_mib":{},)"
                       R"("idle_resident_mib":{},"loaded_resident_mib":{},"hop_to_notification_ms":{},)"
                       R"("hop_to_mail_ms":{})",
                       json_of(o.open_loop), json_of(o.alone), json_of(o.busy), json_of(o.single), json_of(o.idle_mib),
                       json_of(o.loaded_mib), number(o.idle_resident), number(o.loaded_resident),
                       number(o.hop_to_notification()), number(o.hop_to_mail()));
    if (o.look_direct && o.look_proxied)
        out += fmt::format(R"(,"look_direct_ms":{},"look_proxied_ms":{})", number(o.look_direct->p50),
                           number(o.look_proxied->p50));
    if (o.audit)
        out += fmt::format(R"(,"behind":{},"lost":{})", number(o.audit->behind), number(o.audit->lost));
    return out + "}";
}

} // namespace

std::string as_text(const results& r)
{
    std::vector<std::vector<std::string>> rows{{""}};
    for (const auto& o : r.outcomes)
        rows.front().emplace_back(o.what.id);
    std::string group;
    for (const auto& f : figures()) {
        std::vector<std::string> cells;
        bool any = false;
        for (const auto& o : r.outcomes) {
            auto value = f.of(o);
            any = any || !std::isnan(value);
            cells.push_back(shown(value));
        }
        if (!any)
            continue;
        if (f.group != group)
            rows.push_back({group = f.group});
        cells.insert(cells.begin(), "  " + f.name + (f.unit.empty() ? "" : ", " + f.unit));
        rows.push_back(std::move(cells));
    }
    auto out = r.outcomes.empty() ? std::string{} : aligned(rows) + "\n";
    for (const auto& o : r.outcomes) {
        out += fmt::format("{}: {}{}", o.what.id, o.what.title, o.through_proxy ? ", behind nginx" : "");
        if (o.refused != 0)
            out += fmt::format("; {} answers that no user wants, the first: {}", o.refused,
                               app::for_terminal(o.refusal.substr(0, 200)));
        if (!o.audit)
            out += "; the audit could not be made";
        else
            out += fmt::format("; audit: {:.0f} behind, {:.0f} lost", o.audit->behind, o.audit->lost);
        out += '\n';
    }
    for (const auto& one : r.not_run)
        out += "not run: " + one + '\n';
    return out;
}

std::string as_json(const results& r)
{
    const auto& w = r.work;
    auto out = fmt::format(
        R"({{"version":{},"measured_at":{},"processor":{},"machine":{},"sync_ms":{},"syncs_counted":{},)"
        R"("workload":{{"seed":{},"seconds":{},"lists_per_second":{},"looks_per_second":{},"sign_ups_per_second":{},)"
        R"("purchases_per_second":{},"buyers":{},"recipes":{},"purchases_under_way":{},"sign_ups_under_way":{},)"
        R"("readers":{},"one_by_one":{}}},"placements":[)",
        json_text(r.version), json_text(r.measured_at), json_text(r.processor), json_text(r.machine), number(r.sync_ms),
        json_text(r.syncs_counted), w.seed, w.seconds, w.rates.lists, w.rates.looks, w.rates.sign_ups,
        w.rates.purchases, w.buyers, w.recipes, w.buying, w.signing_up, w.reading, w.one_by_one);
    for (std::size_t i = 0; i != r.outcomes.size(); ++i)
        out += (i ? "," : "") + json_of(r.outcomes[i]);
    out += R"(],"not_run":[)";
    for (std::size_t i = 0; i != r.not_run.size(); ++i)
        out += (i ? "," : "") + json_text(r.not_run[i]);
    return out + "]}\n";
}

} // namespace edm::measure
