#include "session.hpp"

#include <edm/describe/encode.hpp>

#include <fmt/format.h>

namespace edm::store_couchdb {

namespace {

constexpr std::string_view cookie_name = "AuthSession=";
constexpr std::chrono::minutes pause_after_refusal{2};

} // namespace

std::string base_of(std::string url)
{
    while (url.ends_with('/'))
        url.pop_back();
    return url;
}

session::session(const options& with, credentials as)
    : client_(*with.contexts, {.ca_file = with.authorities}), url_(base_of(with.url)), as_(std::move(as)),
      patience_(with.patience), environment_(with.environment)
{
}

task<session::outcome> session::cookie(std::string stale)
{
    if (as_.user.empty())
        co_return std::string{};
    auto got = co_await callback<outcome>([this, &stale](resumption<outcome> done) {
        std::unique_lock lock(mutex_);
        if (!cookie_.empty() && cookie_ != stale) {
            auto held = cookie_;
            lock.unlock();
            return done(std::move(held));
        }
        waiting_.push_back(done);
        const bool first = waiting_.size() == 1;
        lock.unlock();
        if (first)
            spawn(log_in(shared_from_this()));
    });
    co_return got;
}

task<> session::log_in(std::shared_ptr<session> self)
{
    auto said = co_await self->ask();
    std::vector<resumption<outcome>> waiting;
    {
        std::lock_guard lock(self->mutex_);
        waiting.swap(self->waiting_);
    }
    for (const auto& done : waiting)
        done(said);
}

/// The password travels in a body; the client's errors and our log hold none.
task<session::outcome> session::ask()
{
    {
        std::lock_guard lock(mutex_);
        const auto since = environment_.now() - refused_at_;
        if (refused_ && refused_->status < 500 && since >= milliseconds{0} && since < pause_after_refusal)
            co_return std::unexpected(*refused_);
        cookie_.clear();
    }
    std::string body = R"({"name":)";
    append_json_string(body, as_.user);
    body += R"(,"password":)";
    append_json_string(body, as_.password);
    body += '}';
    auto got = co_await client_.send({.method = "POST",
                                      .url = url_ + "/_session",
                                      .headers = {{"Accept", "application/json"}},
                                      .content_type = "application/json",
                                      .body = std::move(body),
                                      .timeout = patience_});
    if (!got)
        co_return std::unexpected(refusal{0, fmt::format("CouchDB does not answer: {}", got.error().message)});
    if (got->status == 401)
        co_return std::unexpected(refuse(401, fmt::format("CouchDB refuses the user {} and its password", as_.user)));
    if (got->status == 403)
        co_return std::unexpected(
            refuse(403, fmt::format("CouchDB has locked the user {} for a while, after wrong passwords", as_.user)));
    if (got->status < 200 || got->status >= 300)
        co_return std::unexpected(
            refuse(got->status, fmt::format("CouchDB answers {} to a log-in of {}", got->status, as_.user)));
    renew(*got);
    std::lock_guard lock(mutex_);
    refused_.reset();
    co_return cookie_;
}

refusal session::refuse(int status, std::string why)
{
    std::lock_guard lock(mutex_);
    refused_at_ = environment_.now();
    refused_ = refusal{status, std::move(why)};
    return *refused_;
}

void session::renew(const web::client_response& from)
{
    auto set = from.header("set-cookie");
    if (!set || !set->starts_with(cookie_name))
        return;
    auto value = set->substr(0, set->find(';'));
    std::lock_guard lock(mutex_);
    cookie_ = value.size() > cookie_name.size() ? std::string{value} : std::string{};
}

std::optional<refusal> session::refused() const
{
    std::lock_guard lock(mutex_);
    return refused_;
}

} // namespace edm::store_couchdb
