#include "state.hpp"

#include "stream.hpp"

#include <edm/observability/log.hpp>
#include <edm/security/webhook.hpp>
#include <edm/service/access_guard.hpp>

#include <algorithm>
#include <chrono>

namespace edm::gateway {

namespace {

/// A stream whose reader is gone without a word is noticed at the next heartbeat.
constexpr int stream_retry_seconds = 15;

/// The trace that the caller began, or a new one: also where there is more than one header, or a malformed one (W3C
/// Trace Context, 3.2 and 4.3).
observability::trace_context trace_of(const web::request& r, const random_source& random)
{
    std::optional<std::string_view> given;
    for (const auto& field : r.headers)
        if (field.name.size() == 11 && ascii_lower(field.name) == "traceparent") {
            if (given)
                return observability::trace_context::root(random);
            given = field.value;
        }
    auto parent = given ? observability::trace_context::parse(*given) : std::nullopt;
    return parent ? parent->child(random) : observability::trace_context::root(random);
}

web::response nowhere(bool path_exists, std::string allow)
{
    auto out = failure_response(failure{path_exists ? errors::method_not_allowed : errors::not_found});
    if (path_exists)
        out.headers.emplace_back("Allow", std::move(allow));
    return out;
}

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

/// Unexpected failures end here: logged with the trace, answered with nothing but it.
web::response failed(std::string_view service, std::string_view route, std::string_view what,
                     const observability::trace_context& trace)
{
    observability::log::error("request_failed", {{"route", route}, {"what", what}}, {trace, service});
    return failure_response(failure{errors::internal});
}

web::response success_response(const endpoint& e, raw_reply reply, const call& c)
{
    web::response out;
    out.status = e.success_status;
    if (reply.page) {
        out.status = reply.page->status;
        out.content_type = "text/html; charset=utf-8";
        out.body = std::move(reply.page->body);
        out.headers.emplace_back(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'self' 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
            "frame-ancestors 'none'");
        out.headers.emplace_back("Referrer-Policy", "no-referrer");
    } else {
        out.content_type = "application/json";
        out.body = e.reply == endpoint::reply_kind::whole
                       ? std::move(reply.data_json)
                       : envelope_json(e.success_name, false,
                                       e.success_message.empty() ? e.success_name : e.success_message, reply.data_json);
    }
    if (e.no_store) {
        out.headers.emplace_back("Cache-Control", "no-store");
        out.headers.emplace_back("Pragma", "no-cache");
    }
    if (!c.published_events().empty())
        out.headers.emplace_back("Edm-After", edm_after(c.published_events()));
    return out;
}

} // namespace

task<web::response> router::handle(const web::request& r)
{
    auto began = std::chrono::steady_clock::now();
    auto trace = trace_of(r, *parts_.resources->environment.random);
    auto to = find(r.method, r.path);
    const auto* at = to.at;
    auto path = at ? std::string_view{at->path} : std::string_view{"none"};
    auto service = at && at->endpoint ? std::string_view{at->endpoint->service} : std::string_view{};
    web::response out;
    try {
        if (at)
            out = co_await answer(r, *at, std::move(to.path_values), trace);
        else
            out = nowhere(to.path_exists, std::move(to.allow));
    } catch (const std::exception& e) {
        out = failed(service, path, e.what(), trace);
    } catch (...) {
        out = failed(service, path, "an exception of unknown type", trace);
    }
    finish(r, at, out, trace, began);
    co_return out;
}

/// Logs and counts an answer, and gives it its trace.
void router::finish(const web::request& r, const route* at, web::response& out,
                    const observability::trace_context& trace, std::chrono::steady_clock::time_point began)
{
    auto path = at ? std::string_view{at->path} : std::string_view{"none"};
    auto service = at && at->endpoint ? std::string_view{at->endpoint->service} : std::string_view{};
    std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    if (out.status != 503) // a process that refuses work would log more the more there is
        observability::log::request({r.method, path, out.status, took.count()}, {trace, service});
    if (auto digit = out.status / 100; at && digit >= 2 && digit < 6 && at->answered[digit])
        at->answered[digit]->add();
    if (at && at->seconds)
        at->seconds->observe(took.count());
    out.headers.emplace_back("x-request-id", trace.trace_hex());
}

task<web::response> router::answer(const web::request& r, const route& to, std::vector<std::string> path_values,
                                   observability::trace_context trace)
{
    if (to.platform)
        return answer_platform(r, to);
    return answer_endpoint(r, to, std::move(path_values), trace);
}

/// Why a verified token does not count any more, or cannot be told to.
task<std::optional<failure>> router::refusal_of(const verified_token& by, std::string_view service)
{
    auto guard = parts_.model->guards.find(service);
    if (guard == parts_.model->guards.end())
        co_return std::nullopt;
    auto admitted = co_await guard->second->admits(parts_.resources->environment, by.user_id, by.generation);
    if (!admitted)
        co_return std::move(admitted.error());
    if (!*admitted)
        co_return failure{errors::invalid_token, "This access token is no longer valid."};
    co_return std::nullopt;
}

/// Whose request of a platform route for administrators it is. What a token's generation is worth, any service of this
/// process that keeps it can tell.
task<result<verified_token>> router::administrator_of(const web::request& r)
{
    auto by = token_of(r, state_->tokens, *parts_.resources);
    if (!by)
        co_return fail(std::move(by.error()));
    auto guard = std::ranges::find_if(parts_.model->guards,
                                      [&](const auto& one) { return parts_.runs_here.contains(one.first); });
    if (!r.from_control_socket && guard != parts_.model->guards.end()) {
        auto refused = co_await refusal_of(*by, guard->first);
        if (refused)
            co_return fail(std::move(*refused));
    }
    if (!by->administrator)
        co_return fail(errors::invalid_user);
    co_return std::move(*by);
}

task<web::response> router::answer_platform(const web::request& r, const route& to)
{
    if (to.platform->administrator) {
        auto by = co_await administrator_of(r);
        if (!by)
            co_return unauthorized(by.error(), r.header("Authorization").has_value());
    }
    co_return co_await to.platform->answer(r);
}

task<std::optional<web::response>> router::admit(const web::request& head)
{
    auto began = std::chrono::steady_clock::now();
    auto trace = trace_of(head, *parts_.resources->environment.random);
    auto to = find(head.method, head.path);
    std::optional<web::response> out;
    std::optional<failure> refused;
    if (!to.at) {
        out = nowhere(to.path_exists, std::move(to.allow));
    } else if (to.at->platform && to.at->platform->administrator) {
        auto by = co_await administrator_of(head);
        if (!by)
            refused = std::move(by.error());
    } else if (const auto* e = to.at->endpoint) {
        if (!to.at->here) {
            refused = failure{errors::not_here}.retry_after(5);
        } else if (e->webhook_secrets && !head.header("webhook-signature")) {
            refused = failure{errors::invalid_signature};
        } else if (e->authenticated) {
            auto by = token_of(head, state_->tokens, *parts_.resources);
            if (!by)
                refused = std::move(by.error());
            else if (e->administrator && !by->administrator)
                refused = failure{errors::invalid_user};
            else if (!head.from_control_socket)
                refused = co_await refusal_of(*by, e->service);
        }
    }
    if (refused)
        out = unauthorized(*refused, head.header("Authorization").has_value());
    if (out)
        finish(head, to.at, *out, trace, began);
    co_return out;
}

namespace {

attempt carry_out(task<web::response> work, executor* home)
{
    web::response out = co_await std::move(work);
    if (home)
        co_await switch_to(*home);
    co_return out;
}

} // namespace

task<web::response> router::answer_endpoint(const web::request& r, const route& to,
                                            std::vector<std::string> path_values, observability::trace_context trace)
{
    if (!to.here)
        co_return failure_response(failure{errors::not_here}.retry_after(5));
    web::place held;
    if (!r.from_control_socket) {
        bool entered = to.places->try_enter();
        if (!entered && executor::current())
            entered = co_await to.places->enter(parts_.queue_time);
        if (!entered)
            co_return failure_response(failure{errors::overloaded}.retry_after(1));
        held = web::place{to.places};
    }
    const auto& e = *to.endpoint;
    if (e.webhook_secrets && !webhook_is_signed(e, r, parts_.resources->environment.now()))
        co_return failure_response(failure{errors::invalid_signature});
    auto c = std::make_shared<call>(trace);
    work w{.to = &to,
           .call = c,
           .token = {},
           .request = {},
           .after = {},
           .held = std::move(held),
           .needs_place = !r.from_control_socket,
           .home = executor::current()};
    if (e.authenticated) {
        auto by = token_of(r, state_->tokens, *parts_.resources);
        if (!by)
            co_return unauthorized(by.error(), r.header("Authorization").has_value());
        c->set_caller({by->user_id, by->administrator, by->generation});
        if (!r.from_control_socket)
            w.token = std::move(*by);
    }
    w.request = bind_request(e, r, path_values);
    if (auto header = r.header("Edm-After"))
        w.after = parse_edm_after(*header);

    auto running = carry_out(run(std::move(w)), executor::current());
    bool in_time = co_await running.within(state_->deadlines);
    if (in_time)
        co_return std::move(running).answer();
    running.leave(state_->abandoned);
    if (state_->abandoned_count)
        state_->abandoned_count->add();
    bool nothing_stored = c->give_up();
    observability::log::warning("request_abandoned", {{"route", to.path}, {"nothing_stored", nothing_stored}},
                                {trace, e.service});
    co_return failure_response(nothing_stored ? failure{errors::too_slow}.retry_after(1)
                                              : failure{errors::outcome_unknown});
}

/// What needs the request no more. Throws nothing.
task<web::response> router::run(work w)
{
    const auto& e = *w.to->endpoint;
    try {
        co_return co_await run_guarded(w);
    } catch (const std::exception& problem) {
        co_return failed(e.service, w.to->path, problem.what(), w.call->trace());
    } catch (...) {
        co_return failed(e.service, w.to->path, "an exception of unknown type", w.call->trace());
    }
}

/// Whether all that `Edm-After` names is applied; waits for it until then.
task<bool> router::includes(const work& w, time_point until)
{
    const auto& e = *w.to->endpoint;
    for (const auto& one : w.after) {
        auto left = until - parts_.resources->environment.now(); // a clock that was set may say anything
        bool applied = co_await parts_.delivery->wait_applied(e.service, one.topic, one.key, one.sequence,
                                                              std::clamp(left, milliseconds{0}, parts_.after_limit));
        if (!applied)
            co_return false;
    }
    co_return true;
}

/// What is named may never come: who waits for it gives its place to others meanwhile.
task<std::optional<failure>> router::wait_for_after(work& w)
{
    const auto began = parts_.resources->environment.now();
    bool there = co_await includes(w, began);
    if (there)
        co_return std::nullopt;
    if (!w.to->waiters->try_enter())
        co_return failure{errors::not_yet}.retry_after(1);
    {
        const web::place waits{w.to->waiters};
        w.held = web::place{};
        there = co_await includes(w, began + parts_.after_limit);
    }
    if (!there)
        co_return failure{errors::not_yet}.retry_after(1);
    if (!w.needs_place)
        co_return std::nullopt;
    bool entered = w.to->places->try_enter();
    if (!entered && executor::current())
        entered = co_await w.to->places->enter(parts_.queue_time);
    if (!entered)
        co_return failure{errors::overloaded}.retry_after(1);
    w.held = web::place{w.to->places};
    co_return std::nullopt;
}

task<web::response> router::run_guarded(work& w)
{
    const auto& e = *w.to->endpoint;
    // First, for what is named may be that this very token does not count any more.
    if (!w.after.empty()) {
        auto missing = co_await wait_for_after(w);
        if (missing)
            co_return failure_response(*missing);
    }
    if (w.token) {
        auto refused = co_await refusal_of(*w.token, e.service);
        if (refused)
            co_return unauthorized(*refused, true);
    }
    if (e.administrator && !w.call->caller().administrator)
        co_return failure_response(failure{errors::invalid_user});
    if (!w.request.violations.empty())
        co_return violations_response(w.request.violations);
    if (e.publishes && parts_.delivery->overloaded(e.service))
        co_return failure_response(failure{errors::overloaded}.retry_after(2));
    if (e.reply == endpoint::reply_kind::stream)
        co_return start_stream(w);

    auto reply = co_await e.invoke(*w.call, w.request.value);
    if (reply)
        co_return success_response(e, std::move(*reply), *w.call);
    auto out = failure_response(reply.error());
    if (out.status == 401)
        out.headers.emplace_back("WWW-Authenticate", "Bearer");
    co_return out;
}

web::response router::start_stream(work& w)
{
    const auto& e = *w.to->endpoint;
    auto seat = state_->streams.enter(w.call->user_id());
    if (!seat)
        return failure_response(failure{errors::too_many_streams}.retry_after(stream_retry_seconds));
    web::response out;
    out.content_type = "text/event-stream";
    out.headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};
    auto guard = parts_.model->guards.find(e.service);
    stream_parts p{&e,
                   w.call,
                   w.request.value,
                   guard == parts_.model->guards.end() ? nullptr : guard->second,
                   &parts_.resources->environment,
                   std::move(seat)};
    out.stream = [p = std::move(p)](web::stream_writer& to) { return run_stream(p, to); };
    return out;
}

} // namespace edm::gateway
