#include "state.hpp"

#include <edm/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace edm::gateway {

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

/// The decoded fields of a path that a template fits.
std::optional<std::vector<std::string>> values_of(const std::vector<std::string>& pattern,
                                                  const std::vector<std::string>& segments)
{
    std::vector<std::string> values;
    for (std::size_t i = 0; i != segments.size(); ++i) {
        if (pattern[i] != "{}") {
            if (pattern[i] != segments[i])
                return {};
            continue;
        }
        auto value = percent_decode(segments[i]);
        if (!value || value->empty() || !valid_utf8(*value))
            return {};
        values.push_back(std::move(*value));
    }
    return values;
}

} // namespace

router::router(parts p)
    : parts_(std::move(p)), state_(std::make_unique<state>(parts_.request_limit, parts_.streams_per_user))
{
    if (parts_.metrics)
        state_->abandoned_count = &parts_.metrics->counter(
            "edm_http_requests_abandoned_total", "Requests that were answered for because their work took too long.");
    for (const auto& e : parts_.model->endpoints) {
        auto r = new_route(e.method, e.path);
        r->endpoint = &e;
        r->here = parts_.runs_here.contains(e.service);
        auto& places = state_->places[e.service];
        if (!places)
            places = std::make_shared<web::admission>(parts_.in_flight);
        r->places = places;
        auto& waiters = state_->waiters[e.service];
        if (!waiters)
            waiters = std::make_shared<web::admission>(parts_.after_waiters);
        r->waiters = waiters;
        if (e.path_fields.empty()) {
            fixed_[e.path].push_back(r.get());
        } else {
            r->segments = split(e.path);
            for (auto& s : r->segments)
                if (s.starts_with('{'))
                    s = "{}";
            templates_.push_back(r.get());
        }
        routes_.push_back(std::move(r));
    }
}

router::~router() = default;

void router::add(platform_route p)
{
    auto r = new_route(p.method, p.path);
    r->platform = std::move(p);
    if (r->path.ends_with("/*"))
        prefixes_.push_back(r.get());
    else
        fixed_[r->path].push_back(r.get());
    routes_.push_back(std::move(r));
}

std::unique_ptr<router::route> router::new_route(std::string method, std::string path)
{
    auto r = std::make_unique<route>();
    r->method = std::move(method);
    r->path = std::move(path);
    if (!parts_.metrics)
        return r;
    r->seconds = &parts_.metrics->histogram("edm_http_request_duration_seconds", "Time from a request to its answer.",
                                            {{"method", r->method}, {"route", r->path}});
    for (int digit = 2; digit != 6; ++digit)
        r->answered[digit] = &parts_.metrics->counter(
            "edm_http_requests_total", "Requests answered.",
            {{"method", r->method}, {"route", r->path}, {"status", fmt::format("{}xx", digit)}});
    return r;
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
        auto values = values_of(r->segments, segments);
        if (!values)
            continue;
        offer(r);
        if (out.at == r)
            out.path_values = std::move(*values);
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
    return {};
}

bool router::wait_abandoned(milliseconds grace)
{
    return state_->abandoned.wait_none(grace);
}

} // namespace edm::gateway
