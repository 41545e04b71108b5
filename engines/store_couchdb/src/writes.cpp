#include "writes.hpp"

#include "rows.hpp"

#include <edm/core/text.hpp>
#include <edm/observability/log.hpp>

#include <set>

namespace edm::store_couchdb {

namespace {

constexpr std::size_t most_bytes = 2 << 20;

struct written_document
{
    std::string rev;
};
BOOST_DESCRIBE_STRUCT(written_document, (), (rev))

} // namespace

writes::writes(server& at, std::vector<std::string> databases)
    : server_(at), databases_(std::move(databases)), lines_(databases_.size())
{
}

task<writes::outcome> writes::write(db_id db, std::string id, std::string body)
{
    auto said = co_await callback<outcome>([&](resumption<outcome> done) {
        std::vector<waiting> batch;
        {
            std::lock_guard lock(mutex_);
            auto& here = lines_[db];
            here.all.push_back({std::move(id), std::move(body), done});
            if (!std::exchange(here.busy, true))
                batch = take(here);
        }
        if (!batch.empty())
            spawn(run(db, std::move(batch)));
    });
    co_return said;
}

/// The first ones that wait, of each document one: of two writes of one document in a request the server takes one.
std::vector<writes::waiting> writes::take(line& from) const
{
    std::vector<waiting> batch, later;
    std::set<std::string> ids;
    std::size_t bytes = 0;
    for (auto& w : from.all) {
        if (batch.size() == most_.load() || bytes >= most_bytes || !ids.insert(w.id).second) {
            later.push_back(std::move(w));
            continue;
        }
        bytes += w.body.size();
        batch.push_back(std::move(w));
    }
    from.all = std::move(later);
    return batch;
}

/// Until nobody waits. Whoever is answered last may be the end of this object: nothing of it is touched afterwards.
task<> writes::run(db_id db, std::vector<waiting> batch)
{
    while (!batch.empty()) {
        std::vector<outcome> said(batch.size(), std::unexpected(silence::unknown));
        try {
            auto all = co_await send(db, batch);
            said = std::move(all);
        } catch (const std::exception& e) {
            observability::log::error("couchdb_write", {{"why", e.what()}});
        }
        std::vector<waiting> next;
        {
            std::lock_guard lock(mutex_);
            next = take(lines_[db]);
            lines_[db].busy = !next.empty();
        }
        for (std::size_t i = 0; i != batch.size(); ++i) {
            auto [home, writer] = batch[i].done.set(std::move(said[i]));
            if (home)
                home->post(writer);
            else
                writer.resume();
        }
        batch = std::move(next);
    }
}

task<std::vector<writes::outcome>> writes::send(db_id db, const std::vector<waiting>& batch)
{
    std::vector<outcome> said;
    if (batch.size() == 1) {
        auto one = co_await send_one(db, batch.front());
        said.push_back(std::move(one));
        co_return said;
    }
    std::vector<std::string> bodies;
    for (const auto& w : batch)
        bodies.push_back(w.body);
    auto rows = co_await write_documents(server_, databases_[db], std::move(bodies));
    if (!rows)
        co_return std::vector<outcome>(batch.size(), std::unexpected(rows.error()));
    for (auto& r : *rows)
        said.push_back(write_answer{status_of(r), std::move(r.rev)});
    co_return said;
}

task<writes::outcome> writes::send_one(db_id db, const waiting& w)
{
    auto got = co_await server_.send("PUT", path_of(databases_[db], w.id), w.body);
    if (!got)
        co_return std::unexpected(got.error());
    write_answer said{got->status};
    if (got->status == 201) {
        auto at = decode<written_document>(got->body, {.lenient = true});
        if (!at)
            co_return std::unexpected(silence::unknown);
        said.rev = std::move(at->rev);
    }
    co_return said;
}

} // namespace edm::store_couchdb
