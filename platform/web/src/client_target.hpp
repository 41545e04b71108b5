#pragma once

#include <edm/web/client.hpp>

#include <cstdint>
#include <expected>
#include <string>

namespace edm::web {

/// Where a request goes, and what its request line says.
struct client_target
{
    std::string host; ///< without brackets
    std::uint16_t port = 80;
    bool tls = false;
    std::string unix_path;
    std::string authority; ///< for Host
    std::string target;    ///< path and query

    /// Names connections that can serve each other's requests.
    std::string origin() const;
};

/// Nothing is sent where the URL or a field is unusable: the error says which, without its value.
std::expected<client_target, client_error> parse_target(const client_request& request);
std::expected<std::string, client_error> render_request(const client_request& request, const client_target& to);

} // namespace edm::web
