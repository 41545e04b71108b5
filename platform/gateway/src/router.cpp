#include <edm/gateway/router.hpp>

#include "binding.hpp"
#include "stream.hpp"
#include "token_cache.hpp"

#include <edm/core/text.hpp>
#include <edm/observability/log.hpp>
#include <edm/security/jwt.hpp>
#include <edm/security/webhook.hpp>
#include <edm/service/access_guard.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace edm::gateway {

struct router::route
{
    const edm::endpoint* endpoint = nullptr; ///< or:
    std::optional<platform_route> platform;
    std::string method;
    std::string path;
    std::vector<std::string> segments; ///< of a template; `{}` for a field
    bool here = true;
    observability::counter* answered[6] = {}; ///< by the status' first digit
    observability::histogram* seconds = nullptr;
};

namespace {

std::vector<std::string> split(std::string_view path)
{
    std::vector<std::string> out;
    std::size_t at = 1;
    while (at <= path.size()) {
        auto end = std::min(path.find('/', at), path.size());
        out.emplace_back(path.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

/// A correlation id for people: the trace, in every answer.
void add_request_id(web::response& out, const observability::trace_context& trace)
{
    out.headers.emplace_back("x-request-id", trace.trace_hex());
}

web::response unauthorized(const failure& why, bool token_given)
{
    auto out = failure_response(why);
    if (why.kind->status == 401)
        out.headers.emplace_back("WWW-Authenticate", token_given ? R"(Bearer error="invalid_token")" : "Bearer");
    return out;
}

constexpr error_kind bad_signature{401, "invalid_signature", "The webhook's signature is missing, wrong or too old."};

} // namespace

router::router(parts p) : parts_(std::move(p)), tokens_(std::make_unique<token_cache>())
{
    for (const auto& e : parts_.model->endpoints) {
        auto r = std::make_unique<route>();
        r->endpoint = &e;
        r->method = e.method;
        r->path = e.path;
        r->here = parts_.runs_here.contains(e.service);
        if (e.path_fields.empty()) {
            fixed_[e.path].push_back(r.get());
        } else {
            r->segments = split(e.path);
            for (auto& s : r->segments)
                if (s.starts_with('{'))
                    s = "{}";
            templates_.push_back(r.get());
        }
        if (parts_.metrics) {
            r->seconds =
                &parts_.metrics->histogram("edm_http_request_duration_seconds", "Time from a request to its answer.",
                                           {{"method", e.method}, {"route", e.path}});
            for (int digit = 2; digit != 6; ++digit)
                r->answered[digit] = &parts_.metrics->counter(
                    "edm_http_requests_total", "Requests answered.",
                    {{"method", e.method}, {"route", e.path}, {"status", fmt::format("{}xx", digit)}});
        }
        routes_.push_back(std::move(r));
    }
}

router::~router() = default;

void router::add(platform_route p)
{
    auto r = std::make_unique<route>();
    r->method = p.method;
    r->path = p.path;
    r->platform = std::move(p);
    if (r->path.ends_with("/*"))
        prefixes_.push_back(r.get());
    else
        fixed_[r->path].push_back(r.get());
    routes_.push_back(std::move(r));
}

router::found router::find(std::string_view method, std::string_view path) const
{
    found out;
    auto offer = [&](const route* r) {
        out.path_exists = true;
        if (!out.allow.empty())
            out.allow += ", ";
        out.allow += r->method;
        if (r->method == method || (method == "HEAD" && r->method == "GET"))
            out.at = r;
    };
    if (auto at = fixed_.find(path); at != fixed_.end()) {
        for (const auto* r : at->second)
            offer(r);
        return out;
    }
    if (path.empty() || path.front() != '/')
        return out;
    auto segments = split(path);
    for (const auto* r : templates_) {
        if (r->segments.size() != segments.size())
            continue;
        std::vector<std::string> values;
        bool same = true;
        for (std::size_t i = 0; same && i != segments.size(); ++i) {
            if (r->segments[i] == "{}") {
                auto value = percent_decode(segments[i]);
                same = value && !value->empty() && valid_utf8(*value);
                if (same)
                    values.push_back(std::move(*value));
            } else {
                same = r->segments[i] == segments[i];
            }
        }
        if (!same)
            continue;
        offer(r);
        if (out.at == r)
            out.path_values = std::move(values);
    }
    if (!out.path_exists)
        for (const auto* r : prefixes_)
            if (path.starts_with(std::string_view{r->path}.substr(0, r->path.size() - 1)))
                offer(r);
    return out;
}

std::optional<web::body_limit> router::limit(std::string_view method, std::string_view path) const
{
    auto to = find(method, path);
    if (to.at && to.at->endpoint && to.at->endpoint->body == endpoint::body_kind::upload)
        return web::body_limit{.bytes = 16 * 1024 * 1024, .time = milliseconds{60'000}};
    if (to.at && to.at->platform && method == "POST")
        return web::body_limit{.bytes = 16 * 1024 * 1024, .time = milliseconds{60'000}};
    return {};
}

task<web::response> router::handle(const web::request& r)
{
    auto began = std::chrono::steady_clock::now();
    auto to = find(r.method, r.path);
    if (!to.at) {
        auto out = failure_response(failure{to.path_exists ? errors::method_not_allowed : errors::not_found});
        if (to.path_exists)
            out.headers.emplace_back("Allow", to.allow);
        co_return out;
    }
    auto out = co_await answer(r, *to.at, std::move(to.path_values));
    if (auto digit = out.status / 100; digit >= 2 && digit < 6 && to.at->answered[digit])
        to.at->answered[digit]->add();
    if (to.at->seconds)
        to.at->seconds->observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    co_return out;
}

task<web::response> router::answer(const web::request& r, const route& to, std::vector<std::string> path_values)
{
    if (to.platform) {
        if (to.platform->administrator) {
            auto by = co_await who(r, "");
            if (!by)
                co_return unauthorized(by.error(), r.header("Authorization").has_value());
            if (!by->administrator)
                co_return failure_response(failure{errors::invalid_user});
        }
        co_return co_await to.platform->answer(r);
    }
    if (!to.here)
        co_return failure_response(failure{errors::not_here}.retry_after(5));
    const auto& random = *parts_.resources->environment.random;
    auto given = r.header("traceparent");
    auto parent = given ? observability::trace_context::parse(*given) : std::nullopt;
    auto c = std::make_shared<call>(parent ? parent->child(random) : observability::trace_context::root(random));
    web::response out;
    try {
        out = co_await run(to, r, c, std::move(path_values));
    } catch (const std::exception& e) {
        // Unexpected failures end here: logged with the trace, answered with nothing but it.
        observability::log::error(
            "request_failed", {{"service", to.endpoint->service}, {"route", to.path}, {"what", e.what()}}, c->trace());
        out = failure_response(failure{errors::internal});
    }
    if (out.status >= 500 && out.status != 503)
        observability::log::error("request_answered", {{"route", to.path}, {"status", out.status}}, c->trace());
    add_request_id(out, c->trace());
    co_return out;
}

namespace {

bool webhook_is_signed(const endpoint& e, const web::request& r, time_point now)
{
    auto id = r.header("webhook-id"), at = r.header("webhook-timestamp"), signature = r.header("webhook-signature");
    return id && at && signature && security::verify_webhook(e.webhook_secrets(), *id, *at, *signature, r.body, now);
}

web::response violations_response(const std::vector<violation>& problems)
{
    web::response out;
    out.status = 422;
    out.content_type = "application/json";
    out.body = violations_json(problems);
    return out;
}

std::string edm_after(const call& c)
{
    std::string out;
    for (const auto& p : c.published_events()) {
        if (!out.empty())
            out += ", ";
        out += fmt::format("{}/{}/{}", percent_encode(p.topic), percent_encode(p.key), p.sequence.text());
    }
    return out;
}

} // namespace

task<web::response> router::run(const route& to, const web::request& r, std::shared_ptr<call> c,
                                std::vector<std::string> path_values)
{
    const auto& e = *to.endpoint;
    auto now = parts_.resources->environment.now();
    if (e.webhook_secrets && !webhook_is_signed(e, r, now))
        co_return failure_response(failure{bad_signature});
    if (e.authenticated) {
        auto by = co_await who(r, e.service);
        if (!by)
            co_return unauthorized(by.error(), r.header("Authorization").has_value());
        c->set_caller(std::move(*by));
        if (e.administrator && !c->caller().administrator)
            co_return failure_response(failure{errors::invalid_user});
    }
    auto request = bind_request(e, r, path_values);
    if (!request.violations.empty())
        co_return violations_response(request.violations);
    bool included = co_await includes(r, e.service);
    if (!included)
        co_return failure_response(failure{errors::not_yet}.retry_after(1));
    if (e.publishes && parts_.delivery->overloaded(e.service))
        co_return failure_response(failure{errors::overloaded}.retry_after(2));
    if (e.reply == endpoint::reply_kind::stream)
        co_return start_stream(e, c, request.value);

    auto reply = co_await e.invoke(*c, request.value);
    if (!reply) {
        auto out = failure_response(reply.error());
        if (out.status == 401)
            out.headers.emplace_back("WWW-Authenticate", "Bearer");
        co_return out;
    }
    web::response out;
    out.status = e.success_status;
    if (reply->page) {
        out.status = reply->page->status;
        out.content_type = "text/html; charset=utf-8";
        out.body = std::move(reply->page->body);
        out.headers.emplace_back("Content-Security-Policy",
                                 "default-src 'none'; style-src 'self' 'unsafe-inline'; form-action 'self'; base-uri "
                                 "'none'; frame-ancestors 'none'");
        out.headers.emplace_back("Referrer-Policy", "no-referrer");
    } else {
        out.content_type = "application/json";
        out.body =
            e.reply == endpoint::reply_kind::whole
                ? std::move(reply->data_json)
                : envelope_json(e.success_name, false, e.success_message.empty() ? e.success_name : e.success_message,
                                reply->data_json);
    }
    if (e.no_store) {
        out.headers.emplace_back("Cache-Control", "no-store");
        out.headers.emplace_back("Pragma", "no-cache");
    }
    if (!c->published_events().empty())
        out.headers.emplace_back("Edm-After", edm_after(*c));
    co_return out;
}

task<result<caller>> router::who(const web::request& r, std::string_view service)
{
    if (r.from_control_socket)
        co_return caller{"operator", true, 0};
    auto header = r.header("Authorization");
    if (!header)
        co_return fail(errors::invalid_token, "An access token is needed: Authorization: Bearer <token>.");
    if (header->size() < 8 || ascii_lower(header->substr(0, 7)) != "bearer ")
        co_return fail(errors::invalid_token);
    auto token = header->substr(7);
    auto now = parts_.resources->environment.now();
    auto known = tokens_->find(token, now);
    if (!known) {
        auto claims = parts_.resources->tokens->verify(security::purpose::access, token, now);
        if (!claims)
            co_return fail(claims.error() == security::token_error::expired ? errors::expired_token
                                                                            : errors::invalid_token);
        known = verified_token{claims->sub, claims->generation, claims->administrator, claims->exp};
        tokens_->keep(token, *known);
    }
    auto guard = service.empty() ? parts_.model->guards.begin() : parts_.model->guards.find(service);
    if (guard != parts_.model->guards.end() && parts_.runs_here.contains(guard->first)) {
        bool admitted =
            co_await guard->second->admits(parts_.resources->environment, known->user_id, known->generation);
        if (!admitted)
            co_return fail(errors::invalid_token, "This access token is no longer valid.");
    }
    co_return caller{std::move(known->user_id), known->administrator, known->generation};
}

/// Waits until this service has applied what the request's `Edm-After` names (rule 14). Entries that cannot be read, or
/// name what the service does not subscribe to, are nothing to wait for.
task<bool> router::includes(const web::request& r, std::string_view service)
{
    auto header = r.header("Edm-After");
    if (!header)
        co_return true;
    constexpr int most_entries = 8;
    std::string_view rest = *header;
    for (int i = 0; i != most_entries && !rest.empty(); ++i) {
        auto comma = std::min(rest.find(','), rest.size());
        auto entry = rest.substr(0, comma);
        rest.remove_prefix(std::min(comma + 1, rest.size()));
        while (!entry.empty() && entry.front() == ' ')
            entry.remove_prefix(1);
        auto first = entry.find('/'), last = entry.rfind('/');
        if (first == std::string_view::npos || first == last)
            continue;
        auto topic = percent_decode(entry.substr(0, first)),
             key = percent_decode(entry.substr(first + 1, last - first - 1));
        auto place = sequence::parse(entry.substr(last + 1));
        if (!topic || !key || !place)
            continue;
        bool applied = co_await parts_.delivery->wait_applied(service, *topic, *key, *place, parts_.after_limit);
        if (!applied)
            co_return false;
    }
    co_return true;
}

web::response router::start_stream(const endpoint& e, std::shared_ptr<call> c, std::shared_ptr<void> request)
{
    web::response out;
    out.content_type = "text/event-stream";
    out.headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};
    auto guard = parts_.model->guards.find(e.service);
    stream_parts p{&e, c, std::move(request), guard == parts_.model->guards.end() ? nullptr : guard->second,
                   &parts_.resources->environment};
    out.stream = [p](web::stream_writer& to) { return run_stream(p, to); };
    return out;
}

} // namespace edm::gateway
