#include "server.hpp"

#include <edm/describe/encode.hpp>
#include <edm/observability/log.hpp>

#include <fmt/format.h>

namespace edm::store_couchdb {

namespace {

constexpr std::size_t largest_answer = 256 << 20; // a page of documents of 8 MB, CouchDB's own limit
constexpr std::string_view session = "AuthSession=";

std::string without_last_slash(std::string url)
{
    while (url.ends_with('/'))
        url.pop_back();
    return url;
}

} // namespace

server::server(const options& with, credentials as)
    : client_(*with.contexts, {.ca_file = with.authorities}), url_(without_last_slash(with.url)), as_(std::move(as)),
      patience_(with.patience)
{
}

task<std::expected<answer, silence>> server::send(std::string method, std::string path, std::string body)
{
    if (given_up_.load())
        co_return std::unexpected(silence::unsent);
    if (!as_.user.empty() && cookie().empty()) {
        auto logged_in = co_await log_in();
        if (!logged_in)
            co_return std::unexpected(silence::unsent);
        if (!logged_in->ok())
            co_return std::move(*logged_in);
    }
    auto got = co_await once(method, path, body);
    if (as_.user.empty() || !got || got->status != 401)
        co_return got;
    auto again = co_await log_in();
    if (!again)
        co_return std::unexpected(silence::unsent);
    if (!again->ok())
        co_return std::move(*again);
    co_return co_await once(std::move(method), std::move(path), std::move(body));
}

task<std::expected<answer, silence>> server::once(std::string method, std::string path, std::string body)
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
    if (auto held = cookie(); !held.empty())
        r.headers.emplace_back("Cookie", std::move(held));
    auto got = co_await client_.send(std::move(r));
    if (!got) {
        note(fmt::format("CouchDB does not answer: {}", got.error().message));
        co_return std::unexpected(got.error().sent ? silence::unknown : silence::unsent);
    }
    keep_cookie(*got);
    if (got->status >= 500)
        note(fmt::format("CouchDB answers {}", got->status));
    else if (got->status != 401)
        note(std::nullopt);
    co_return answer{got->status, std::move(got->body)};
}

/// The password travels in a body; the client's errors and our log hold none.
task<std::expected<answer, silence>> server::log_in()
{
    std::string body = R"({"name":)";
    append_json_string(body, as_.user);
    body += R"(,"password":)";
    append_json_string(body, as_.password);
    body += '}';
    {
        std::lock_guard lock(mutex_);
        cookie_.clear();
    }
    auto got = co_await once("POST", "/_session", std::move(body));
    if (got && got->status == 401)
        note(fmt::format("CouchDB refuses the user {} and its password", as_.user));
    co_return got;
}

std::string server::cookie() const
{
    std::lock_guard lock(mutex_);
    return cookie_;
}

void server::keep_cookie(const web::client_response& from)
{
    auto set = from.header("set-cookie");
    if (!set || !set->starts_with(session))
        return;
    auto value = set->substr(0, set->find(';'));
    std::lock_guard lock(mutex_);
    cookie_ = value.size() > session.size() ? std::string{value} : std::string{};
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
