#include "parts.hpp"

#include <edm/reference/reference.hpp>

#include <edm/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace edm::reference {

namespace {

constexpr std::string_view origin = "Generated from what the services declare; edit the declarations instead.\n";

template <class... A>
void add(std::string& out, fmt::format_string<A...> pattern, A&&... values)
{
    fmt::format_to(std::back_inserter(out), pattern, std::forward<A>(values)...);
}

std::string bounds(const type& t, std::string_view noun)
{
    bool bounded = t.max != type::unbounded;
    if (t.min > 0 && bounded)
        return t.min == t.max ? fmt::format(", {} {}", t.min, noun) : fmt::format(", {} to {} {}", t.min, t.max, noun);
    if (t.min > 0)
        return fmt::format(", at least {} {}", t.min, noun);
    return bounded ? fmt::format(", at most {} {}", t.max, noun) : std::string{};
}

/// A type in words.
std::string words(const type& t)
{
    switch (t.kind) {
    case kind::text:
        return "text" + bounds(t, "characters");
    case kind::secret:
        return "secret text" + bounds(t, "characters");
    case kind::email:
        return "e-mail address";
    case kind::money:
        return "amount, a number with at most two decimals";
    case kind::integer:
        if (t.format.empty())
            return fmt::format("integer, {} to {}", t.min, t.max);
        return "integer";
    case kind::unsigned_integer:
        return "integer, not negative";
    case kind::floating:
        return "number";
    case kind::boolean:
        return "true or false";
    case kind::time:
        return "time (RFC 3339)";
    case kind::enumeration: {
        std::string out = "one of";
        for (auto name : t.names)
            add(out, "{} `{}`", out.ends_with("of") ? "" : ",", name);
        return out;
    }
    case kind::optional:
        return words(*t.element);
    case kind::list:
        return fmt::format("list of ({}){}", words(*t.element), bounds(t, "items"));
    case kind::map:
        return fmt::format("object of ({})", words(*t.element));
    case kind::object: {
        std::string out = "object of";
        for (const auto& f : t.fields)
            add(out, "{} `{}` ({}{})", out.ends_with(" of") ? "" : ",", f.name, words(*f.type),
                f.required() ? "" : ", optional");
        return out;
    }
    case kind::raw:
        break;
    }
    return t.element ? words(*t.element) : "any JSON";
}

std::string_view word(place from)
{
    switch (from) {
    case place::path:
        return "path";
    case place::query:
        return "query";
    case place::header:
        return "header";
    case place::body:
        break;
    }
    return "body";
}

std::string needs(const endpoint& e)
{
    if (e.administrator)
        return "the administrator's access token";
    if (e.authenticated)
        return "an access token";
    return e.webhook_secrets ? "a signature of Standard Webhooks" : "nothing";
}

std::string answer_with(const endpoint& e)
{
    switch (e.reply) {
    case endpoint::reply_kind::page:
        return "a page (HTML)";
    case endpoint::reply_kind::stream:
        return "a stream of server-sent events";
    default:
        return fmt::format("`{}`{}", e.success_name, e.reply_type ? ", " + words(*e.reply_type) : "");
    }
}

/// What every endpoint may answer is said once, at the top.
constexpr std::array general{&errors::internal,   &errors::not_here,   &errors::not_yet,
                             &errors::overloaded, &errors::store_away, &errors::too_slow};

bool is_general(const possible_failure& f)
{
    return !f.declared && std::ranges::find(general, f.kind) != general.end();
}

void add_request(std::string& out, const endpoint& e)
{
    auto fields = request_fields(e);
    if (fields.empty())
        return;
    out += "\n| in | field | type | |\n|---|---|---|---|\n";
    for (const auto& f : fields) {
        bool upload = e.body == endpoint::body_kind::upload && f.from == place::body;
        bool required = upload || f.from == place::path || f.of->required();
        add(out, "| {} | `{}` | {} | {} |\n",
            e.body == endpoint::body_kind::form && f.from == place::body ? "form" : word(f.from), f.name,
            upload ? "file" : markdown_cell(words(*f.of->type)), required ? "required" : "");
    }
}

void add_answers(std::string& out, const endpoint& e)
{
    out += "\n| status | name | meaning |\n|---|---|---|\n";
    const auto& message = e.success_message.empty() ? e.success_name : e.success_message;
    add(out, "| {} | {} | {} |\n", e.success_status, markdown_cell(answer_with(e)), markdown_cell(message));
    auto failures = failures_of(e);
    if (is_bound(e))
        failures[422];
    for (const auto& [status, kinds] : failures) {
        for (const auto& f : kinds)
            if (!is_general(f))
                add(out, "| {} | `{}` | {} |\n", status, f.kind->name, markdown_cell(f.kind->message));
        if (status == 422 && is_bound(e))
            out += "| 422 | | The request does not fit; every violation with its place. |\n";
    }
}

std::string http_document(const model& of, const about& program, std::span<const service_text> services)
{
    auto out = fmt::format("# HTTP\n\n{}\n", origin);
    add(out,
        "The endpoints of {} {}, by service. Every endpoint may also answer:\n\n| status | name | meaning "
        "|\n|---|---|---|\n",
        program.title, program.version);
    for (const auto* kind : general)
        add(out, "| {} | `{}` | {} |\n", kind->status, kind->name, kind->message);
    for (const auto& name : of.services) {
        bool first = true;
        for (const auto& e : of.endpoints) {
            if (e.service != name || e.hidden)
                continue;
            if (first)
                add(out, "\n## {}\n", name);
            if (first && !description_of(name, services).empty())
                add(out, "\n{}\n", description_of(name, services));
            first = false;
            add(out, "\n### `{} {}`\n\n", e.method, e.path);
            if (!e.summary.empty())
                add(out, "{}{}\n\n", e.summary, e.summary.ends_with('.') ? "" : ".");
            if (!e.description.empty())
                add(out, "{}\n\n", e.description);
            add(out, "Needs {}.\n", needs(e));
            add_request(out, e);
            add_answers(out, e);
        }
    }
    return out;
}

std::string events_document(const model& of)
{
    auto out = fmt::format("# Events\n\n{}\nCloudEvents 1.0 in structured mode, as `/asyncapi.json` describes it. "
                           "The subject is the key: the id of the document whose commit caused the event.\n",
                           origin);
    for (const auto& t : of.topics) {
        auto database = database_name(of, t.service, t.db);
        std::string by = t.service + ", without a baseline: subscriptions start from now";
        if (t.external)
            by = "a foreign program, without a baseline: the first sequence seen starts a key";
        else if (t.event_of && !database.empty())
            by = fmt::format("{} from its documents `{}`", t.service, database);
        add(out, "\n## `{}`\n\nType `{}`, published by {}.\n", t.name, t.event_type, by);
        if (t.data && !t.data->description.empty())
            add(out, "\n{}\n", t.data->description);
        if (t.data && !t.data->fields.empty()) {
            out += "\n| field | type | |\n|---|---|---|\n";
            for (const auto& f : t.data->fields)
                add(out, "| `{}` | {} | {} |\n", f.name, markdown_cell(words(*f.type)), f.required() ? "" : "optional");
        }
        auto subscribers = subscribers_of(of, t.name);
        out += subscribers.empty() ? "\nNobody subscribes to it.\n" : "\n| subscription | changes |\n|---|---|\n";
        for (const auto* s : subscribers)
            add(out, "| `{}` | `{}`{} |\n", s->name, database_name(of, s->service, s->db),
                s->from_now ? ", from now" : "");
    }
    return out;
}

std::string services_document(const model& of, std::span<const service_text> services)
{
    auto out = fmt::format("# Services\n\n{}\n→ publishes, ← subscribes (in brackets the subscription).\n\n{}\n",
                           origin, describe_table(of, services));
    for (const auto& name : of.services)
        if (auto text = description_of(name, services); !text.empty())
            add(out, "- **{}**: {}\n", name, text);
    add(out, "\nEach arrow is a subscription, from the publisher of its topic:\n\n```mermaid\n{}```\n",
        describe_mermaid(of, services));
    return out;
}

} // namespace

std::map<std::string, std::string> documents(const model& of, const about& program,
                                             std::span<const service_text> services)
{
    return {{"services.md", services_document(of, services)},
            {"events.md", events_document(of)},
            {"http.md", http_document(of, program, services)}};
}

} // namespace edm::reference
