#pragma once

#include <edm/core/text.hpp>
#include <edm/observability/metrics.hpp>
#include <edm/service/registry.hpp>
#include <edm/web/http.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace edm::gateway {

struct verified_token;

/// A route that no service declares: health, documents, the operator's commands. It has no limit of time or number.
struct platform_route
{
    std::string method;
    std::string path; ///< exact; one that ends in `/*` takes every path below it that no other route has
    bool administrator = false;
    std::function<task<web::response>(const web::request&)> answer;
};

/// Answers every request of the process, with `x-request-id`: the trace. Endpoints of services that do not run here
/// answer 503 `not_here`. Thread-safe once the routes are added.
///
/// An endpoint that has not answered within `request_limit` is answered for: 503 where no commit of it was handed over
/// (and then none will be), else 500. Its work runs on, keeps its place among the service's requests, and its late
/// answer is dropped: `wait_abandoned` before what it uses is destroyed.
class router final : public web::handler
{
  public:
    struct parts
    {
        const edm::model* model;
        const edm::resources* resources;
        edm::delivery* delivery;
        std::set<std::string, std::less<>> runs_here;
        observability::metrics* metrics = nullptr;
        milliseconds after_limit{1'000};    ///< how long a read waits for all that `Edm-After` names
        std::size_t after_waiters = 256;    ///< requests of each service that wait for it; they take no place meanwhile
        milliseconds request_limit{10'000}; ///< for an endpoint's answer, to a tenth of it
        std::size_t in_flight = 512;        ///< requests of each service; the control socket is exempt
        milliseconds queue_time{100};       ///< waiting for one of those places, then 503 with Retry-After
        std::size_t streams_per_user = 5;   ///< in this process; one more is 429 with Retry-After
    };

    explicit router(parts p);
    ~router() override;
    void add(platform_route route);

    task<web::response> handle(const web::request& r) override;
    /// Refuses a large body where the head alone says that its request will be: no such route, no valid token.
    task<std::optional<web::response>> admit(const web::request& head) override;
    std::optional<web::body_limit> limit(std::string_view method, std::string_view path) const override;

    /// Waits until no work runs whose request was answered for; false where some still does after `grace`. Blocks.
    bool wait_abandoned(milliseconds grace);

  private:
    struct route;
    struct found
    {
        const route* at = nullptr;
        std::vector<std::string> path_values;
        bool path_exists = false;
        std::string allow;
    };
    struct state;
    struct work;

    std::unique_ptr<route> new_route(std::string method, std::string path);
    found find(std::string_view method, std::string_view path) const;
    task<web::response> answer(const web::request& r, const route& to, std::vector<std::string> path_values,
                               observability::trace_context trace);
    void finish(const web::request& r, const route* at, web::response& out, const observability::trace_context& trace,
                std::chrono::steady_clock::time_point began);
    task<result<verified_token>> administrator_of(const web::request& r);
    task<std::optional<failure>> refusal_of(const verified_token& by, std::string_view service);
    task<bool> includes(const work& w, time_point until);
    task<std::optional<failure>> wait_for_after(work& w);
    task<web::response> answer_platform(const web::request& r, const route& to);
    task<web::response> answer_endpoint(const web::request& r, const route& to, std::vector<std::string> path_values,
                                        observability::trace_context trace);
    task<web::response> run(work w);
    task<web::response> run_guarded(work& w);
    web::response start_stream(work& w);

    parts parts_;
    std::vector<std::unique_ptr<route>> routes_;
    std::unordered_map<std::string, std::vector<const route*>, string_hash, std::equal_to<>> fixed_; ///< by path
    std::vector<const route*> templates_;
    std::vector<const route*> prefixes_;
    std::unique_ptr<state> state_;
};

/// The answer to an expected failure, in the common envelope.
web::response failure_response(const failure& why);
/// `{"status","error":false,"details":{"description","data"?}}`.
std::string envelope_json(std::string_view status, bool error, std::string_view description,
                          std::string_view data_json);

} // namespace edm::gateway
