#include "json.hpp"
#include "parts.hpp"

#include <edm/core/text.hpp>
#include <edm/reference/reference.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace edm::reference {

namespace {

constexpr std::size_t columns = 4;
using row = std::array<std::string, columns>;

std::string code(std::string_view text)
{
    return fmt::format("`{}`", text);
}

/// One database, endpoint and event a row; the service's name stands in its first.
std::vector<row> rows_of(const model& of, const std::string& service)
{
    std::array<std::vector<std::string>, columns> cells;
    cells[0].push_back(service);
    for (const auto& d : of.databases)
        if (d.service == service)
            cells[1].push_back(code(d.name));
    for (const auto& e : of.endpoints)
        if (e.service == service)
            cells[2].push_back(code(e.method + " " + e.path) +
                               (e.reply == endpoint::reply_kind::stream ? " (SSE)" : ""));
    for (const auto& t : of.topics)
        if (t.service == service)
            cells[3].push_back("→ " + code(t.name));
    for (const auto& s : of.subscriptions)
        if (s.service == service)
            cells[3].push_back(fmt::format("← {} ({})", code(s.topic), short_name(s)));
    std::size_t height = 0;
    for (const auto& c : cells)
        height = std::max(height, c.size());
    std::vector<row> out(height);
    for (std::size_t c = 0; c != columns; ++c)
        for (std::size_t r = 0; r != cells[c].size(); ++r)
            out[r][c] = std::move(cells[c][r]);
    return out;
}

void append_line(std::string& out, const row& cells, const std::array<std::size_t, columns>& widths)
{
    for (std::size_t c = 0; c != columns; ++c) {
        out += c == 0 ? "| " : " | ";
        out += cells[c];
        out.append(widths[c] - code_points(cells[c]), ' ');
    }
    out += " |\n";
}

/// Identifiers of Mermaid: a prefix keeps names such as `end` from being its words.
std::string node(std::string_view service)
{
    std::string out = "s_";
    for (char c : service)
        out += c == '-' ? '_' : c;
    return out;
}

template <class Items, class Write>
std::string list(const Items& items, Write write)
{
    json_array out;
    for (const auto& item : items)
        write(out, item);
    return out.str();
}

std::string service_json(const model& of, const std::string& name, std::span<const service_text> services)
{
    auto databases = list(of.databases, [&](json_array& out, const database_declaration& d) {
        if (d.service != name)
            return;
        auto indexes = list(d.indexes, [](json_array& to, const std::string& i) { to.text(i); });
        out.raw(json_object{}
                    .text("name", d.name)
                    .text("description", d.description)
                    .number("schema", d.schema)
                    .raw("indexes", indexes)
                    .flag("watched", d.watched)
                    .str());
    });
    auto endpoints = list(of.endpoints, [&](json_array& out, const endpoint& e) {
        if (e.service != name)
            return;
        out.raw(json_object{}
                    .text("method", e.method)
                    .text("path", e.path)
                    .text("operation", e.operation)
                    .text("summary", e.summary)
                    .flag("authenticated", e.authenticated)
                    .flag("administrator", e.administrator)
                    .flag("publishes", e.publishes)
                    .flag("stream", e.reply == endpoint::reply_kind::stream)
                    .flag("hidden", e.hidden)
                    .str());
    });
    auto published = list(of.topics, [&](json_array& out, const topic_declaration& t) {
        if (t.service == name)
            out.text(t.name);
    });
    auto subscriptions = list(of.subscriptions, [&](json_array& out, const subscription_declaration& s) {
        if (s.service != name)
            return;
        auto former = list(s.formerly, [](json_array& to, const std::string& f) { to.text(f); });
        out.raw(json_object{}
                    .text("name", s.name)
                    .text("topic", s.topic)
                    .text("publisher", publisher_of(of, s.topic))
                    .text("database", database_name(of, name, s.db))
                    .flag("from_now", s.from_now)
                    .raw("formerly", former)
                    .str());
    });
    auto due = list(of.due, [&](json_array& out, const due_declaration& d) {
        if (d.service == name)
            out.raw(json_object{}
                        .text("kind", d.kind)
                        .text("database", database_name(of, name, d.db))
                        .number("max_attempts", d.max_attempts)
                        .str());
    });
    return json_object{}
        .text("name", name)
        .text("description", description_of(name, services))
        .raw("databases", databases)
        .raw("endpoints", endpoints)
        .raw("publishes", published)
        .raw("subscriptions", subscriptions)
        .raw("due", due)
        .str();
}

} // namespace

std::string describe_table(const model& of, std::span<const service_text> services)
{
    const row head{"service", "databases", "endpoints", "events"};
    std::vector<row> rows;
    for (const auto& name : of.services) {
        auto more = rows_of(of, name);
        rows.insert(rows.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
    std::array<std::size_t, columns> widths{};
    for (std::size_t c = 0; c != columns; ++c) {
        widths[c] = head[c].size();
        for (const auto& r : rows)
            widths[c] = std::max(widths[c], code_points(r[c]));
    }
    std::string out;
    append_line(out, head, widths);
    for (std::size_t c = 0; c != columns; ++c)
        out += '|' + std::string(widths[c] + 2, '-');
    out += "|\n";
    for (const auto& r : rows)
        append_line(out, r, widths);
    return out;
}

std::string describe_mermaid(const model& of, std::span<const service_text> services)
{
    std::string out = "flowchart LR\n";
    for (const auto& name : of.services)
        out += fmt::format("    {}[\"{}\"]\n", node(name), name);
    bool foreign =
        std::ranges::any_of(of.subscriptions, [&](const auto& s) { return publisher_of(of, s.topic).empty(); });
    if (foreign)
        out += "    outside([\"foreign programs\"])\n";
    for (const auto& t : of.topics)
        for (const auto* s : subscribers_of(of, t.name))
            out += fmt::format("    {} -- \"{}\" --> {}\n", t.external ? "outside" : node(t.service), t.name,
                               node(s->service));
    for (const auto& s : of.subscriptions)
        if (!of.topic(s.topic))
            out += fmt::format("    outside -- \"{}\" --> {}\n", s.topic, node(s.service));
    return out;
}

std::string describe_json(const model& of, std::span<const service_text> services)
{
    auto all =
        list(of.services, [&](json_array& out, const std::string& name) { out.raw(service_json(of, name, services)); });
    auto topics = list(of.topics, [&](json_array& out, const topic_declaration& t) {
        auto names = list(subscribers_of(of, t.name),
                          [](json_array& to, const subscription_declaration* s) { to.text(s->name); });
        out.raw(json_object{}
                    .text("name", t.name)
                    .text("type", t.event_type)
                    .text("service", t.service)
                    .text("database", t.event_of ? database_name(of, t.service, t.db) : "")
                    .flag("baseline", bool{t.event_of})
                    .raw("subscriptions", names)
                    .str());
    });
    return json_object{}.raw("services", all).raw("topics", topics).str();
}

} // namespace edm::reference
