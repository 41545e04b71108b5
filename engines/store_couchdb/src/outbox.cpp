#include "outbox.hpp"

#include <algorithm>

namespace edm::store_couchdb {

namespace {

constexpr std::size_t page = 200, much = 1'000;

/// An event in the archive. Its id sorts a key's events by topic and sequence.
struct filed_event
{
    std::string _id, key, topic, sequence, bytes;
    std::int64_t at = 0;
};
BOOST_DESCRIBE_STRUCT(filed_event, (), (_id, key, topic, sequence, bytes, at))

std::string archive_prefix(std::string_view key)
{
    return "e:" + std::string{key};
}

} // namespace

outbox::outbox(server& at, std::vector<std::string> databases, std::string events, held_documents& held)
    : server_(at), databases_(std::move(databases)), events_(std::move(events)), held_(held)
{
}

void outbox::on_added(std::function<void()> hint)
{
    std::lock_guard lock(mutex_);
    hint_ = std::move(hint);
}

void outbox::add(db_id db, const document& d)
{
    bool more = false;
    std::function<void()> hint;
    {
        std::lock_guard lock(mutex_);
        for (const auto& e : d.pending) {
            auto place = sequence::parse(e.sequence);
            if (!place || !known_.insert({db, id_of(d), e.topic, e.sequence}).second)
                continue;
            auto event = std::make_shared<recorded_event>(recorded_event{e.topic, id_of(d), *place, false, e.bytes});
            waiting_.push_back({++tail_, db, std::move(event), e.at});
            more = true;
        }
        if (more)
            hint = hint_;
    }
    if (hint)
        hint();
}

std::vector<logged_event> outbox::pending(std::uint64_t position, std::size_t n) const
{
    std::lock_guard lock(mutex_);
    std::vector<logged_event> out;
    auto from = std::upper_bound(waiting_.begin(), waiting_.end(), position,
                                 [](std::uint64_t p, const entry& e) { return p < e.position; });
    for (; from != waiting_.end() && out.size() != n; ++from)
        out.push_back({from->position, from->event});
    return out;
}

bool outbox::taken(std::uint64_t position)
{
    std::lock_guard lock(mutex_);
    while (!waiting_.empty() && waiting_.front().position <= position) {
        to_file_.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    return !to_file_.empty();
}

std::uint64_t outbox::tail() const
{
    std::lock_guard lock(mutex_);
    return tail_;
}

bool outbox::strip(db_id db, document& d) const
{
    if (d.pending.empty())
        return false;
    std::lock_guard lock(mutex_);
    auto taken = std::erase_if(
        d.pending, [&](const pending_event& e) { return filed_.contains({db, id_of(d), e.topic, e.sequence}); });
    return taken != 0;
}

task<bool> outbox::file_away()
{
    for (;;) {
        std::vector<entry> these;
        {
            std::lock_guard lock(mutex_);
            auto n = std::min(page, to_file_.size());
            these.assign(to_file_.begin(), to_file_.begin() + static_cast<std::ptrdiff_t>(n));
        }
        if (these.empty())
            break;
        bool done = co_await file(these);
        if (!done)
            co_return true;
        std::lock_guard lock(mutex_);
        to_file_.erase(to_file_.begin(), to_file_.begin() + static_cast<std::ptrdiff_t>(these.size()));
        for (const auto& e : these) {
            filed_.insert(name_of(e));
            to_prune_.emplace(e.db, e.event->key);
        }
    }
    bool left = false;
    for (db_id db = 0; db != databases_.size(); ++db) {
        std::vector<std::string> ids;
        {
            std::lock_guard lock(mutex_);
            for (const auto& [of, id] : to_prune_)
                if (of == db)
                    ids.push_back(id);
        }
        for (std::size_t from = 0; from < ids.size(); from += page) {
            auto first = ids.begin() + static_cast<std::ptrdiff_t>(from);
            auto last = first + static_cast<std::ptrdiff_t>(std::min(page, ids.size() - from));
            bool some_left = co_await prune_documents(db, {first, last});
            left = left || some_left;
        }
    }
    std::lock_guard lock(mutex_);
    co_return left || !to_file_.empty() || !to_prune_.empty();
}

/// An event that is there already was filed before, by whomever.
task<bool> outbox::file(const std::vector<entry>& these)
{
    std::vector<std::string> bodies;
    for (const auto& e : these) {
        auto place = e.event->sequence.text();
        bodies.push_back(encode(filed_event{archive_prefix(e.event->key) + "\n" + e.event->topic + "\n" + place,
                                            e.event->key, e.event->topic, place, e.event->bytes, e.at}));
    }
    auto rows = co_await write_documents(server_, events_, std::move(bodies));
    co_return rows&& std::all_of(rows->begin(), rows->end(),
                                 [](const written_row& r) { return r.error.empty() || r.error == "conflict"; });
}

/// Takes filed events out of these documents: as this process last saw them, else as they are read. One that another
/// process changed meanwhile is read another time.
task<bool> outbox::prune_documents(db_id db, std::set<std::string> ids)
{
    std::vector<document> pruned;
    std::set<std::string> clean;
    std::vector<std::string> unseen;
    for (const auto& id : ids) {
        auto seen = held_.get(db, id);
        auto d = seen ? *seen : document{};
        if (strip(db, d))
            pruned.push_back(std::move(d));
        else
            unseen.push_back(wire_id(id));
    }
    if (!unseen.empty()) {
        auto rows = co_await documents_by_id(server_, databases_[db], std::move(unseen));
        if (!rows)
            co_return true;
        for (const auto& r : *rows) {
            if (!r.has_document())
                continue;
            auto d = read_document(r.doc->value);
            if (!d)
                continue;
            if (strip(db, *d))
                pruned.push_back(std::move(*d));
            else
                clean.insert(id_of(*d));
        }
    }
    std::vector<std::string> bodies;
    for (const auto& d : pruned)
        bodies.push_back(write_document(d));
    auto written = co_await write_documents(server_, databases_[db], std::move(bodies));
    for (std::size_t i = 0; i != pruned.size(); ++i) {
        auto id = id_of(pruned[i]);
        if (written && (*written)[i].error.empty()) {
            pruned[i]._rev = (*written)[i].rev;
            held_.put(db, std::make_shared<const document>(std::move(pruned[i])));
            clean.insert(std::move(id));
        } else {
            held_.drop(db, id);
        }
    }
    std::lock_guard lock(mutex_);
    for (const auto& id : clean) {
        to_prune_.erase({db, id});
        const name first{db, id, {}, {}};
        for (auto at = filed_.lower_bound(first); at != filed_.end() && at->db == db && at->key == id;) {
            known_.erase(*at);
            at = filed_.erase(at);
        }
    }
    co_return clean.size() != ids.size();
}

bool outbox::much_is_waiting() const
{
    std::lock_guard lock(mutex_);
    return waiting_.size() >= much;
}

task<bool> outbox::look_for_others(std::int64_t before)
{
    for (db_id db = 0; db != databases_.size(); ++db) {
        std::int64_t from = 0;
        for (;;) {
            if (much_is_waiting())
                co_return true;
            auto rows = co_await view_rows(server_, databases_[db], document_views, "pending",
                                           {.start_key = std::to_string(from),
                                            .end_key = std::to_string(before),
                                            .limit = page,
                                            .documents = true});
            if (!rows)
                co_return false;
            for (const auto& r : *rows)
                if (auto d = r.has_document() ? read_document(r.doc->value) : std::unexpected(store_failure::away))
                    add(db, *d);
            if (rows->size() < page)
                break;
            auto last = std::stoll(rows->back().key.value);
            if (last == from)
                break; // more of one millisecond than a page: the rest comes when these are pruned
            from = last;
        }
    }
    co_return true;
}

task<stored<std::vector<pending_event>>> outbox::filed(std::string key)
{
    auto rows = co_await all_documents(server_, events_,
                                       {.start_key = text_key(archive_prefix(key) + "\n"),
                                        .end_key = text_key(archive_prefix(key) + "\v"),
                                        .documents = true});
    if (!rows)
        co_return std::unexpected(rows.error());
    std::vector<pending_event> out;
    for (const auto& r : *rows) {
        if (!r.has_document())
            continue;
        auto e = decode<filed_event>(r.doc->value, {.lenient = true});
        if (e)
            out.push_back({e->topic, e->sequence, e->bytes, e->at});
    }
    co_return out;
}

task<stored<std::size_t>> outbox::prune(std::int64_t before, std::size_t n)
{
    auto rows =
        co_await view_rows(server_, events_, event_views, "by_time", {.end_key = std::to_string(before), .limit = n});
    if (!rows)
        co_return std::unexpected(rows.error());
    std::vector<std::string> bodies;
    for (const auto& r : *rows) {
        std::string body = R"({"_id":)";
        append_json_string(body, r.id);
        body += R"(,"_deleted":true,"_rev":)" + r.value.value + "}";
        bodies.push_back(std::move(body));
    }
    auto removed = bodies.size();
    auto written = co_await write_documents(server_, events_, std::move(bodies));
    if (!written)
        co_return std::unexpected(store_failure::away);
    co_return removed;
}

} // namespace edm::store_couchdb
