#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edm::web {

/// A request target in its two parts, both still percent-encoded.
struct split_target
{
    std::string_view path;
    std::string_view query; ///< without `?`
};
split_target split(std::string_view target) noexcept;

/// The pairs of a query string or of an `application/x-www-form-urlencoded` body, decoded (`+` is a space), in order.
/// A part without `=` has an empty value. Nothing where an escape is malformed.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

/// `127.0.0.1:8080`, `[::1]:8080`, `localhost:80`, `*:80`; nothing where it is malformed. The host comes without
/// brackets.
struct host_port
{
    std::string host;
    std::uint16_t port;
};
std::optional<host_port> parse_host_port(std::string_view text);

} // namespace edm::web
