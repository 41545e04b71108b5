#include <edm/bus_rabbitmq/bus_rabbitmq.hpp>

#include <amqp.h>
#include <fmt/format.h>

namespace edm::bus_rabbitmq {

std::string server::shown() const
{
    return fmt::format("{}:{}", host, port);
}

std::expected<std::vector<server>, std::string> parse_servers(std::string_view urls)
{
    std::vector<server> out;
    while (!urls.empty()) {
        auto comma = urls.find(',');
        std::string one{urls.substr(0, comma)};
        urls.remove_prefix(comma == std::string_view::npos ? urls.size() : comma + 1);
        auto from = one.find_first_not_of(" \t"), to = one.find_last_not_of(" \t");
        if (from == std::string::npos)
            continue;
        one = one.substr(from, to - from + 1);
        amqp_connection_info read; // points into `one`, which the parser rewrites
        amqp_default_connection_info(&read);
        if (amqp_parse_url(one.data(), &read) != AMQP_STATUS_OK || !read.host || !*read.host)
            return std::unexpected(
                fmt::format("URL {} is not of the form amqp://user:password@host:port/vhost", out.size() + 1));
        out.push_back({.host = read.host,
                       .port = read.port,
                       .user = read.user,
                       .password = read.password,
                       .vhost = read.vhost && *read.vhost ? read.vhost : "/", // as everybody means it
                       .tls = read.ssl != 0});
    }
    if (out.empty())
        return std::unexpected("no URL of a broker is given; write amqp://user:password@host:port/vhost");
    return out;
}

} // namespace edm::bus_rabbitmq
