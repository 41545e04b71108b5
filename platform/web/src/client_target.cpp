#include "client_target.hpp"

#include "syntax.hpp"

#include <edm/core/text.hpp>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <fmt/format.h>

namespace edm::web {

namespace {

std::unexpected<client_error> unusable(std::string_view what)
{
    return std::unexpected{
        client_error{client_failure::malformed, fmt::format("the request cannot be sent: {}", what)}};
}

bool servers_or_ours(std::string_view name)
{
    return same_name(name, "host") || same_name(name, "content-length") || same_name(name, "transfer-encoding") ||
           same_name(name, "connection");
}

} // namespace

std::string client_target::origin() const
{
    return unix_path.empty() ? fmt::format("{}://{}:{}", tls ? "https" : "http", host, port) : "unix:" + unix_path;
}

std::expected<client_target, client_error> parse_target(const client_request& request)
{
    const auto parsed = boost::urls::parse_uri(request.url);
    if (!parsed)
        return unusable("the URL is malformed");
    const auto& url = *parsed;
    if (url.scheme() != "http" && url.scheme() != "https")
        return unusable("the URL is neither http nor https");
    if (url.encoded_host().empty() || url.has_userinfo())
        return unusable("the URL has no host, or a user");
    client_target to;
    to.tls = url.scheme() == "https";
    to.host = ascii_lower(url.host_address());
    to.port = to.tls ? 443 : 80;
    if (url.has_port() && !url.port().empty()) {
        const auto port = parse_length(std::string_view{url.port().data(), url.port().size()});
        if (!port || *port == 0 || *port > 65535)
            return unusable("the URL's port is malformed");
        to.port = static_cast<std::uint16_t>(*port);
    }
    to.unix_path = request.unix_socket;
    const auto authority = url.encoded_host_and_port();
    to.authority = std::string{authority.data(), authority.size()};
    const auto path = url.encoded_path();
    to.target = path.empty() ? std::string{"/"} : std::string{path.data(), path.size()};
    if (url.has_query()) {
        const auto query = url.encoded_query();
        to.target += '?';
        to.target.append(query.data(), query.size());
    }
    return to;
}

std::expected<std::string, client_error> render_request(const client_request& request, const client_target& to)
{
    if (!is_token(request.method))
        return unusable("the method is malformed");
    std::string out = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", request.method, to.target, to.authority);
    if (!request.content_type.empty()) {
        if (!is_field_value(request.content_type))
            return unusable("the content type is malformed");
        out += fmt::format("Content-Type: {}\r\n", request.content_type);
    }
    const bool always_sized = request.method != "GET" && request.method != "HEAD" && request.method != "DELETE";
    if (!request.body.empty() || always_sized)
        out += fmt::format("Content-Length: {}\r\n", request.body.size());
    for (const auto& [name, value] : request.headers) {
        if (!is_token(name) || !is_field_value(value) || servers_or_ours(name))
            return unusable("a header field is malformed or reserved");
        out += fmt::format("{}: {}\r\n", name, value);
    }
    out += "\r\n";
    return out;
}

} // namespace edm::web
