#include "server.hpp"

#include <edm/observability/log.hpp>

#include <fmt/format.h>

namespace edm::store_couchdb {

namespace {

constexpr std::size_t largest_answer = 256 << 20; // a page of documents of 8 MB, CouchDB's own limit

} // namespace

server::server(const options& with, std::shared_ptr<session> as)
    : client_(*with.contexts, {.ca_file = with.authorities}), session_(std::move(as)), url_(base_of(with.url)),
      patience_(with.patience)
{
}

task<std::expected<answer, silence>> server::send(std::string method, std::string path, std::string body)
{
    std::string stale;
    for (int tries = 1;; ++tries) {
        if (given_up_.load())
            co_return std::unexpected(silence::unsent);
        auto cookie = co_await session_->cookie(std::move(stale));
        if (!cookie) {
            note(std::move(cookie.error().why));
            co_return std::unexpected(silence::unsent);
        }
        auto got = co_await once(method, path, body, *cookie);
        if (!got)
            co_return std::unexpected(got.error());
        const bool expired = got->status == 401 && !cookie->empty();
        if (!expired || tries == 2) {
            learn(*got);
            co_return got;
        }
        stale = std::move(*cookie);
    }
}

task<std::expected<answer, silence>> server::once(std::string method, std::string path, std::string body,
                                                  std::string cookie)
{
    web::client_request r{.method = std::move(method),
                          .url = url_ + path,
                          .headers = {{"Accept", "application/json"}},
                          .timeout = patience_,
                          .body_limit = largest_answer};
    if (r.method != "GET") {
        writes_.fetch_add(1, std::memory_order_relaxed);
        r.content_type = "application/json";
        r.body = std::move(body);
    }
    if (!cookie.empty())
        r.headers.emplace_back("Cookie", std::move(cookie));
    auto got = co_await client_.send(std::move(r));
    if (!got) {
        note(fmt::format("CouchDB does not answer: {}", got.error().message));
        co_return std::unexpected(got.error().sent ? silence::unknown : silence::unsent);
    }
    session_->renew(*got);
    co_return answer{got->status, std::move(got->body)};
}

/// Other answers say nothing of whether the next request will be done.
void server::learn(const answer& from)
{
    if (from.failed())
        note(fmt::format("CouchDB answers {}", from.status));
    else if (from.status == 507)
        note(std::string{store::disk_full});
    else if (from.status == 401 || from.status == 403)
        note(fmt::format("CouchDB answers {}: the user {} may not do what it must", from.status, session_->user()));
    else if (from.ok() || from.status == 409 || (from.status == 404 && !from.lacks_database()))
        note(std::nullopt);
}

void server::note(std::optional<std::string> trouble)
{
    std::lock_guard lock(mutex_);
    if (given_up_.load())
        return;
    if (trouble_.has_value() != trouble.has_value()) {
        if (trouble)
            observability::log::warning("couchdb_away", {{"why", *trouble}});
        else
            observability::log::info("couchdb_back", {});
    }
    trouble_ = std::move(trouble);
}

void server::give_up(std::string why)
{
    std::lock_guard lock(mutex_);
    if (given_up_.exchange(true))
        return;
    observability::log::error("couchdb_given_up", {{"why", why}});
    trouble_ = std::move(why);
}

std::optional<std::string> server::trouble() const
{
    std::lock_guard lock(mutex_);
    return trouble_;
}

} // namespace edm::store_couchdb
