#include "reply.hpp"

#include <edm/gateway/router.hpp>
#include <edm/web/uri.hpp>

namespace edm::app {

web::response json_response(std::string body, int status)
{
    web::response out;
    out.status = status;
    out.content_type = "application/json";
    out.body = std::move(body);
    return out;
}

std::optional<std::string> query_value(const web::request& r, std::string_view name)
{
    auto pairs = web::parse_query(r.query);
    if (!pairs)
        return {};
    for (auto& [field, value] : *pairs)
        if (field == name)
            return std::move(value);
    return {};
}

namespace {

task<web::response> ended(web::response answer)
{
    co_return answer;
}

} // namespace

std::function<task<web::response>(const web::request&)> at_once(std::function<web::response(const web::request&)> f)
{
    return [f = std::move(f)](const web::request& r) { return ended(f(r)); };
}

task<web::response> explained(task<web::response> work)
{
    try {
        co_return co_await std::move(work);
    } catch (const std::exception& e) {
        co_return gateway::failure_response(failure{errors::store_away, e.what()}.retry_after(1));
    }
}

} // namespace edm::app
