#include "rows.hpp"

#include <edm/core/text.hpp>
#include <edm/observability/log.hpp>

#include <fmt/format.h>

#include <iterator>

namespace edm::store_couchdb {

namespace {

struct row_list
{
    std::vector<row> rows;
};
BOOST_DESCRIBE_STRUCT(row_list, (), (rows))

/// A row of a deleted document carries a `value` object; one that was never there carries `error`.
stored<std::vector<row>> rows_of(const std::expected<answer, silence>& got, std::string_view of)
{
    if (!got)
        return std::unexpected(store_failure::away);
    if (!got->ok()) {
        observability::log::warning("couchdb_refuses", {{"listing", of}, {"status", std::uint64_t(got->status)}});
        return std::unexpected(store_failure::away);
    }
    auto list = decode<row_list>(got->body, {.lenient = true});
    if (!list)
        return unreadable("a listing", list.error().front().msg);
    return std::move(list->rows);
}

std::string query_of(const range& which)
{
    std::string out;
    const auto add = [&out](std::string_view name, const std::string& value) {
        out += out.empty() ? '?' : '&';
        out += fmt::format("{}={}", name, percent_encode(value));
    };
    if (!which.start_key.empty())
        add("startkey", which.start_key);
    if (!which.end_key.empty())
        add("endkey", which.end_key);
    if (which.limit != 0)
        add("limit", fmt::to_string(which.limit));
    if (which.documents)
        add("include_docs", "true");
    return out;
}

constexpr std::string_view too_large = "document_too_large", no_room = "insufficient_storage";

/// The body of a `_bulk_docs`.
std::string bulk_of(const std::vector<std::string>& bodies)
{
    std::string all = R"({"docs":[)";
    for (const auto& body : bodies) {
        if (all.back() != '[')
            all += ',';
        all += body;
    }
    all += "]}";
    return all;
}

/// What its answer 201 says of each of `n` documents.
std::expected<std::vector<written_row>, silence> written_rows(const answer& of, std::size_t n)
{
    auto rows = decode<std::vector<written_row>>(of.body, {.lenient = true});
    if (!rows || rows->size() != n) {
        (void)unreadable("the outcome of a write", "it has not every document");
        return std::unexpected(silence::unknown);
    }
    return std::move(*rows);
}

/// Of a half that was not answered each outcome is unknown.
task<std::vector<written_row>> write_halves(server& at, std::string database, std::vector<std::string> bodies)
{
    const auto middle = bodies.begin() + static_cast<std::ptrdiff_t>(bodies.size() / 2);
    std::vector<std::string> second(std::move_iterator(middle), std::move_iterator(bodies.end()));
    bodies.erase(middle, bodies.end());
    std::vector<written_row> all;
    for (auto* half : {&bodies, &second}) {
        const auto n = half->size();
        auto rows = co_await write_documents(at, database, std::move(*half));
        for (std::size_t i = 0; i != n; ++i)
            all.push_back(rows ? std::move((*rows)[i]) : written_row{.error = "unknown"});
    }
    co_return all;
}

} // namespace

int status_of(const written_row& r)
{
    if (r.error.empty())
        return 201;
    if (r.error == "conflict")
        return 409;
    if (r.error == too_large)
        return 413;
    if (r.error == no_room || r.error == "insufficent_storage") // as CouchDB 3.5 spells it
        return 507;
    return r.error == "forbidden" || r.error == "unauthorized" ? 403 : 500;
}

std::string text_key(std::string_view text)
{
    std::string out;
    append_json_string(out, text);
    return out;
}

task<stored<std::vector<row>>> all_documents(server& at, std::string database, range which)
{
    auto got = co_await at.send("GET", "/" + percent_encode(database) + "/_all_docs" + query_of(which));
    co_return rows_of(got, database);
}

task<stored<std::vector<row>>> view_rows(server& at, std::string database, std::string_view design,
                                         std::string_view view, range which)
{
    auto path = fmt::format("/{}/_design/{}/_view/{}{}", percent_encode(database), design, view, query_of(which));
    auto got = co_await at.send("GET", std::move(path));
    co_return rows_of(got, database);
}

task<stored<std::vector<row>>> documents_by_id(server& at, std::string database, std::vector<std::string> ids)
{
    if (ids.empty())
        co_return std::vector<row>{};
    std::string body = R"({"keys":)";
    encode_to(body, ids);
    body += '}';
    auto got =
        co_await at.send("POST", "/" + percent_encode(database) + "/_all_docs?include_docs=true", std::move(body));
    auto rows = rows_of(got, database);
    if (rows && rows->size() != ids.size())
        co_return unreadable("a listing", "it has not every document that was asked for");
    co_return rows;
}

task<std::expected<std::vector<written_row>, silence>> write_documents(server& at, std::string database,
                                                                       std::vector<std::string> bodies)
{
    if (bodies.empty())
        co_return std::vector<written_row>{};
    auto got = co_await at.send("POST", "/" + percent_encode(database) + "/_bulk_docs", bulk_of(bodies));
    if (!got)
        co_return std::unexpected(got.error());
    if (got->status == 413 && bodies.size() != 1)
        co_return co_await write_halves(at, std::move(database), std::move(bodies));
    if (got->status == 413 || got->status == 507)
        co_return std::vector(bodies.size(),
                              written_row{.error = std::string{got->status == 413 ? too_large : no_room}});
    if (got->status != 201) {
        observability::log::warning("couchdb_refuses", {{"write", database}, {"status", std::uint64_t(got->status)}});
        bool unknown = got->failed() || got->status == 202; // 202: fewer copies than were asked for
        co_return std::unexpected(unknown ? silence::unknown : silence::unsent);
    }
    co_return written_rows(*got, bodies.size());
}

} // namespace edm::store_couchdb
