#include <edm/web/http.hpp>

#include "syntax.hpp"

#include <fmt/format.h>

namespace edm::web {

std::optional<std::string_view> request::header(std::string_view name) const noexcept
{
    for (const auto& field : headers)
        if (same_name(field.name, name))
            return field.value;
    return std::nullopt;
}

std::vector<std::string_view> request::all(std::string_view name) const
{
    std::vector<std::string_view> values;
    for (const auto& field : headers)
        if (same_name(field.name, name))
            values.push_back(field.value);
    return values;
}

std::string_view reason_phrase(int status) noexcept
{
    switch (status) {
    case 100:
        return "Continue";
    case 200:
        return "OK";
    case 201:
        return "Created";
    case 202:
        return "Accepted";
    case 204:
        return "No Content";
    case 206:
        return "Partial Content";
    case 301:
        return "Moved Permanently";
    case 302:
        return "Found";
    case 303:
        return "See Other";
    case 304:
        return "Not Modified";
    case 307:
        return "Temporary Redirect";
    case 308:
        return "Permanent Redirect";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 406:
        return "Not Acceptable";
    case 408:
        return "Request Timeout";
    case 409:
        return "Conflict";
    case 410:
        return "Gone";
    case 412:
        return "Precondition Failed";
    case 413:
        return "Content Too Large";
    case 414:
        return "URI Too Long";
    case 415:
        return "Unsupported Media Type";
    case 417:
        return "Expectation Failed";
    case 422:
        return "Unprocessable Content";
    case 429:
        return "Too Many Requests";
    case 431:
        return "Request Header Fields Too Large";
    case 500:
        return "Internal Server Error";
    case 501:
        return "Not Implemented";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    case 504:
        return "Gateway Timeout";
    case 505:
        return "HTTP Version Not Supported";
    case 507:
        return "Insufficient Storage";
    default:
        return "Unknown";
    }
}

namespace {

struct refusal_text
{
    int status;
    std::string_view name;
    std::string_view sentence;
};

constexpr refusal_text refusals[] = {
    {400, "bad_request", "The request is not well-formed HTTP."},
    {408, "request_timeout", "The request took too long to arrive."},
    {413, "content_too_large", "The request is too large."},
    {414, "target_too_long", "The request line is too long."},
    {417, "expectation_failed", "That expectation is not supported."},
    {431, "headers_too_large", "The request has too many or too large header fields."},
    {503, "overloaded", "Too much work is waiting; try again later."},
    {505, "version_not_supported", "Only HTTP/1.0 and HTTP/1.1 are spoken here."},
    {500, "internal_error", "Something went wrong here."},
};

} // namespace

response refusal(int status)
{
    const refusal_text* text = &refusals[std::size(refusals) - 1];
    for (const auto& each : refusals)
        if (each.status == status)
            text = &each;
    response answer;
    answer.status = status;
    answer.content_type = "application/json";
    answer.body = fmt::format(R"({{"status":"{0}","error":true,"details":{{"description":"{1}","error_code":"{0}"}}}})",
                              text->name, text->sentence);
    if (status == 503)
        answer.headers.emplace_back("Retry-After", "1");
    return answer;
}

} // namespace edm::web
