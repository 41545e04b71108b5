#include "documents.hpp"

#include <algorithm>

/// What is listed of a service's documents. A listing that is complete has fewer items than were asked for.
namespace edm::store_couchdb {

namespace {

constexpr std::size_t page = 500;

} // namespace

scanned_document documents::scanned(const document& d) const
{
    return {id_of(d), view(d, {}, {})};
}

task<stored<std::vector<scanned_document>>> documents::scan(db_id db, std::string after, std::size_t n)
{
    std::vector<scanned_document> out;
    auto seen = wire_id(after);
    while (out.size() < n) {
        const auto limit = std::min(page, n - out.size() + 1);
        auto rows = co_await all_documents(
            server_, databases_[db],
            {.start_key = text_key(seen), .end_key = text_key("d;"), .limit = limit, .documents = true});
        if (!rows)
            co_return std::unexpected(rows.error());
        for (const auto& r : *rows) {
            if (r.id == seen || !r.has_document() || out.size() == n)
                continue;
            seen = r.id;
            auto d = read_document(r.doc->value);
            if (!d)
                co_return std::unexpected(d.error());
            out.push_back(scanned(*d));
        }
        if (rows->size() < limit)
            break;
    }
    co_return out;
}

/// The index may be a moment older than the document that comes with its row: who is in it no more is left out.
task<stored<std::vector<scanned_document>>> documents::find(db_id db, std::string index, std::string value,
                                                            std::string after, std::size_t n)
{
    std::vector<scanned_document> out;
    const auto prefix = index + "\n" + value + "\n";
    auto seen = prefix + after;
    while (out.size() < n) {
        const auto limit = std::min(page, n - out.size() + 1);
        auto rows = co_await view_rows(server_, databases_[db], document_views, "listed",
                                       {.start_key = text_key(seen),
                                        .end_key = text_key(index + "\n" + value + "\v"),
                                        .limit = limit,
                                        .documents = true});
        if (!rows)
            co_return std::unexpected(rows.error());
        for (const auto& r : *rows) {
            const auto place = prefix + r.id.substr(wire_id("").size());
            if (place == seen || !r.has_document() || out.size() == n)
                continue;
            seen = place;
            auto d = read_document(r.doc->value);
            if (!d)
                co_return std::unexpected(d.error());
            bool listed = std::any_of(d->listed.begin(), d->listed.end(), [&](const listed_value& one) {
                return one.index == index && one.value == value;
            });
            if (listed)
                out.push_back(scanned(*d));
        }
        if (rows->size() < limit)
            break;
    }
    co_return out;
}

task<stored<std::vector<due_entry>>> documents::due(std::int64_t from, std::int64_t until, std::size_t n)
{
    std::vector<due_entry> out;
    for (db_id db = 0; db != databases_.size(); ++db) {
        auto rows =
            co_await view_rows(server_, databases_[db], document_views, "due",
                               {.start_key = std::to_string(from), .end_key = std::to_string(until), .limit = n});
        if (!rows)
            co_return std::unexpected(rows.error());
        for (const auto& r : *rows) {
            auto item = decode<std::string>(r.value.value);
            if (item)
                out.push_back({db, r.id.substr(wire_id("").size()), std::move(*item), std::stoll(r.key.value)});
        }
    }
    std::sort(out.begin(), out.end(), [](const due_entry& a, const due_entry& b) { return a.at < b.at; });
    if (out.size() > n)
        out.resize(n);
    co_return out;
}

/// A mark may lie in several documents and under several names: the highest counts. What a listing that was cut says of
/// its last key may be incomplete.
task<stored<std::vector<mark>>> documents::marks(std::string subscription, std::string after, std::size_t n)
{
    const auto limit = n + 16;
    std::map<std::string, sequence> all;
    std::optional<std::string> complete_below;
    for (db_id db = 0; db != databases_.size(); ++db) {
        for (const auto& name : names_of(subscription)) {
            const auto prefix = name + "\n";
            auto rows = co_await view_rows(
                server_, databases_[db], document_views, "marks",
                {.start_key = text_key(prefix + after), .end_key = text_key(name + "\v"), .limit = limit});
            if (!rows)
                co_return std::unexpected(rows.error());
            std::string key;
            for (const auto& r : *rows) {
                auto whole = decode<std::string>(r.key.value);
                auto text = decode<std::string>(r.value.value);
                auto place = text ? sequence::parse(*text) : std::nullopt;
                if (!whole || !place)
                    continue;
                key = whole->substr(prefix.size());
                if (key > after)
                    all[key] = std::max(all[key], *place);
            }
            if (rows->size() == limit)
                complete_below = complete_below ? std::min(*complete_below, key) : key;
        }
    }
    std::vector<mark> out;
    for (const auto& [key, place] : all) {
        if (out.size() == n || (complete_below && key >= *complete_below))
            break;
        out.push_back({subscription, key, place});
    }
    co_return out;
}

task<stored<std::vector<counter_entry>>> documents::counters(db_id db, std::string topic, std::string after,
                                                             std::size_t n)
{
    std::vector<counter_entry> out;
    for (;;) {
        auto some = co_await scan(db, after, page);
        if (!some)
            co_return std::unexpected(some.error());
        for (const auto& one : *some) {
            after = one.id;
            auto place = one.document.envelope.counter(topic);
            if (place.counter == 0)
                continue;
            out.push_back({one.id, place});
            if (out.size() == n)
                co_return out;
        }
        if (some->size() < page)
            co_return out;
    }
}

task<stored<std::vector<pending_event>>> documents::pending_of(std::string id)
{
    std::vector<pending_event> out;
    for (db_id db = 0; db != databases_.size(); ++db) {
        auto found = co_await fetch(db, id);
        if (!found)
            co_return std::unexpected(found.error());
        if (*found)
            out.insert(out.end(), (*found)->pending.begin(), (*found)->pending.end());
    }
    co_return out;
}

} // namespace edm::store_couchdb
