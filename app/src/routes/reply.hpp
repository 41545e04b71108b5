#pragma once

#include <edm/core/task.hpp>
#include <edm/web/http.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace edm::app {

web::response json_response(std::string body, int status = 200);
/// The first value of a query's field, decoded; nothing where there is none, or the query is malformed.
std::optional<std::string> query_value(const web::request& r, std::string_view name);

/// A route's function that needs to wait for nothing.
std::function<task<web::response>(const web::request&)> at_once(std::function<web::response(const web::request&)> f);

/// An operator's answer; what is thrown becomes 503 with what went wrong: operators may read it, and it tells them what
/// to do.
task<web::response> explained(task<web::response> work);

} // namespace edm::app
