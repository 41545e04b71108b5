#include <edm/gateway/router.hpp>

#include <edm/service/invalid_request.hpp>

namespace edm::gateway {

std::string envelope_json(std::string_view status, bool error, std::string_view description, std::string_view data_json)
{
    std::string out;
    out.reserve(100 + description.size() + data_json.size());
    out += R"({"status":)";
    append_json_string(out, status);
    out += error ? R"(,"error":true,"details":{"description":)" : R"(,"error":false,"details":{"description":)";
    append_json_string(out, description);
    if (!data_json.empty()) {
        out += R"(,"data":)";
        out += data_json;
    }
    if (error) {
        out += R"(,"error_code":)";
        append_json_string(out, status);
    }
    out += "}}";
    return out;
}

web::response failure_response(const failure& why)
{
    web::response out;
    out.status = why.kind->status;
    out.content_type = "application/json";
    out.body = why.is(errors::invalid_request) ? why.data_json
                                               : envelope_json(why.kind->name, true, why.text(), why.data_json);
    if (why.retry_after_seconds > 0)
        out.headers.emplace_back("Retry-After", std::to_string(why.retry_after_seconds));
    return out;
}

} // namespace edm::gateway
