#include "document.hpp"

#include <edm/core/text.hpp>
#include <edm/observability/log.hpp>

#include <algorithm>

namespace edm::store_couchdb {

namespace {

constexpr std::size_t remembered_commits = 8;
constexpr std::string_view prefix = "d:";

void member(std::string& out, std::string_view name)
{
    if (out.size() > 1)
        out += ',';
    append_json_string(out, name);
    out += ':';
}

template <class T>
void member_unless_empty(std::string& out, std::string_view name, const T& value)
{
    if (value.empty())
        return;
    member(out, name);
    encode_to(out, value);
}

envelope envelope_of(const document& d)
{
    envelope e;
    e.schema = d.schema;
    for (const auto& [topic, text] : d.counters)
        if (auto s = sequence::parse(text))
            e.counters.push_back({topic, s->epoch, s->counter});
    e.due = d.due;
    e.commit_id = d.revision();
    return e;
}

} // namespace

std::string wire_id(std::string_view id)
{
    return std::string{prefix} + std::string{id};
}

std::string id_of(const document& d)
{
    return d._id.substr(prefix.size());
}

std::string path_of(std::string_view database, std::string_view wire_id)
{
    return "/" + percent_encode(database) + "/" + percent_encode(wire_id);
}

stored<document> read_document(std::string_view json)
{
    document d;
    auto wrong = decode_into(d, json, {.lenient = true});
    if (!wrong.empty())
        return unreadable("a document", wrong.front().msg);
    return d;
}

std::unexpected<store_failure> unreadable(std::string_view what, std::string_view why)
{
    observability::log::error("couchdb_unreadable", {{"what", what}, {"why", why}});
    return std::unexpected(store_failure::away);
}

std::string write_document(const document& d)
{
    std::string out = "{";
    member(out, "_id");
    append_json_string(out, d._id);
    member_unless_empty(out, "_rev", d._rev);
    if (d.value) {
        member(out, "value");
        out += d.value->value;
    }
    if (d.text) {
        member(out, "text");
        append_json_string(out, *d.text);
    }
    member(out, "schema");
    encode_to(out, d.schema);
    member_unless_empty(out, "counters", d.counters);
    member_unless_empty(out, "due", d.due);
    member_unless_empty(out, "commits", d.commits);
    member_unless_empty(out, "marks", d.marks);
    member_unless_empty(out, "listed", d.listed);
    member_unless_empty(out, "pending", d.pending);
    out += '}';
    return out;
}

loaded view(const document& d, const std::vector<std::string>& names, std::string_view key)
{
    loaded out;
    out.revision = d.revision();
    if (d.value)
        out.value = d.value->value;
    else if (d.text)
        out.value = d.text;
    out.envelope = envelope_of(d);
    for (const auto& name : names) {
        auto of = d.marks.find(name);
        if (of == d.marks.end())
            continue;
        if (auto at = of->second.find(key); at != of->second.end())
            out.mark = std::max(out.mark, sequence::parse(at->second).value_or(sequence{}));
    }
    return out;
}

document apply(document d, const commit& c, std::string commit_id, std::int64_t now,
               const std::function<std::vector<std::string>(const std::string&)>& names_of)
{
    d._id = wire_id(c.id);
    if (auto* value = std::get_if<std::string>(&c.value)) {
        bool object = value->starts_with('{') && value->ends_with('}');
        d.value = object ? std::optional{raw_json{*value}} : std::nullopt;
        d.text = object ? std::nullopt : std::optional{*value};
    } else if (std::holds_alternative<erase_value>(c.value)) {
        d.value.reset();
        d.text.reset();
    }
    if (!std::holds_alternative<keep_value>(c.value)) {
        d.listed.clear();
        for (const auto& one : c.index)
            d.listed.push_back({one.index, one.value});
    }
    d.schema = c.envelope.schema;
    d.counters.clear();
    for (const auto& one : c.envelope.counters)
        d.counters[one.topic] = sequence{one.epoch, one.counter}.text();
    d.due = c.envelope.due;
    for (const auto& m : c.marks) {
        for (const auto& name : names_of(m.subscription)) {
            auto of = d.marks.find(name);
            if (of == d.marks.end())
                continue;
            of->second.erase(m.key);
            if (of->second.empty())
                d.marks.erase(of);
        }
        d.marks[m.subscription][m.key] = m.sequence.text();
    }
    for (const auto& e : c.events)
        d.pending.push_back({e->topic, e->sequence.text(), e->bytes, now});
    d.commits.push_back(std::move(commit_id));
    if (d.commits.size() > remembered_commits)
        d.commits.erase(d.commits.begin());
    return d;
}

standing compare(const document* now, std::string_view expected, std::string_view commit_id)
{
    if (!now)
        return expected.empty() ? standing::before : standing::conflict;
    const auto& ids = now->commits;
    if (std::find(ids.begin(), ids.end(), commit_id) != ids.end())
        return standing::stored;
    if (now->revision() == expected)
        return standing::before;
    // The commit that took the place of ours is still known: the one right after what was read, or the very first.
    bool told = std::find(ids.begin(), ids.end(), expected) != ids.end() || ids.size() < remembered_commits;
    return told ? standing::conflict : standing::untold;
}

} // namespace edm::store_couchdb
