#pragma once

#include <edm/core/text.hpp>
#include <edm/observability/metrics.hpp>
#include <edm/service/registry.hpp>
#include <edm/web/http.hpp>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace edm::gateway {

/// A route that no service declares: health, documents, the operator's commands.
struct platform_route
{
    std::string method;
    std::string path; ///< exact; one that ends in `/*` takes every path below it that no other route has
    bool administrator = false;
    std::function<task<web::response>(const web::request&)> answer;
};

/// Answers every request of the process. Endpoints of services that do not run here answer 503 `not_here`.
/// Thread-safe once the routes are added.
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
        milliseconds after_limit{1'000}; ///< how long a read waits for what `Edm-After` names
    };

    explicit router(parts p);
    ~router() override;
    void add(platform_route route);

    task<web::response> handle(const web::request& r) override;
    std::optional<web::body_limit> limit(std::string_view method, std::string_view path) const override;

  private:
    struct route;
    struct found
    {
        const route* at = nullptr;
        std::vector<std::string> path_values;
        bool path_exists = false;
        std::string allow;
    };
    class token_cache;

    found find(std::string_view method, std::string_view path) const;
    task<web::response> answer(const web::request& r, const route& to, std::vector<std::string> path_values);
    task<web::response> run(const route& to, const web::request& r, std::shared_ptr<call> c,
                            std::vector<std::string> path_values);
    task<result<caller>> who(const web::request& r, std::string_view service);
    task<bool> includes(const web::request& r, std::string_view service);
    web::response start_stream(const endpoint& e, std::shared_ptr<call> c, std::shared_ptr<void> request);

    parts parts_;
    std::vector<std::unique_ptr<route>> routes_;
    std::unordered_map<std::string, std::vector<const route*>, string_hash, std::equal_to<>> fixed_; ///< by path
    std::vector<const route*> templates_;
    std::vector<const route*> prefixes_;
    std::unique_ptr<token_cache> tokens_;
};

/// The answer to an expected failure, in the common envelope.
web::response failure_response(const failure& why);
/// `{"status","error":false,"details":{"description","data"?}}`.
std::string envelope_json(std::string_view status, bool error, std::string_view description,
                          std::string_view data_json);

} // namespace edm::gateway
