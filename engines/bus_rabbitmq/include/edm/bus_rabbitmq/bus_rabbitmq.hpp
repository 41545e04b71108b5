#pragma once

#include <edm/bus/bus.hpp>
#include <edm/core/environment.hpp>
#include <edm/core/executor.hpp>
#include <edm/store/store.hpp>

#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace edm::bus_rabbitmq {

/// One broker of a list. The password is never shown.
struct server
{
    std::string host;
    int port = 5672;
    std::string user, password, vhost;
    bool tls = false;

    std::string shown() const; ///< `host:port`
};

/// Reads `amqp://user:password@host:port/vhost` URLs (`amqps` for TLS), separated by commas. The error is one sentence
/// and repeats no part of the URL.
std::expected<std::vector<server>, std::string> parse_servers(std::string_view urls);

struct options
{
    std::string urls;                                  ///< `parse_servers`; tried in turn
    std::map<std::string, store*, std::less<>> stores; ///< by service, those that run here
    std::vector<executor*> contexts;                   ///< subscriptions and baseline passes are spread over them
    edm::environment environment{};
    std::string authorities{}; ///< file of certificate authorities for `amqps`; empty: the system's
    /// Of the server's connections. A broker that is silent for twice as long is gone.
    int heartbeat_seconds = 10;
    std::size_t in_flight = 1000; ///< events of a service that are published and not confirmed
    /// No other process has these stores, so none may run the same services: each would have a part of the data.
    bool sole_owner = false;
};

/// Events by way of RabbitMQ (3.10 or newer). `open` returns when the topology exists, or, where no broker can be
/// reached, at once: events then wait in the log and the connection is tried again for ever. It throws
/// std::runtime_error, one line, where a broker refuses us (login, virtual host, an exchange or a queue with other
/// settings), or another process runs one of the services on a store of its own. Stores must outlive the bus; `stop`
/// first, then close them.
std::unique_ptr<bus> make_bus(options o);

/// What somebody sees who only looks.
struct seen_broker
{
    std::optional<std::string> trouble; ///< why no broker of the list can be used, in one sentence
    std::string server;                 ///< `host:port` of the one that was looked at
    struct queue
    {
        std::string subscription;
        std::uint32_t events, consumers; ///< events that nobody was given yet; processes that take them
    };
    std::vector<queue> queues; ///< those that exist
};

/// Logs in to the brokers of the list in turn, until one lets us, and looks at the queues of these subscriptions. Makes
/// and changes nothing. Blocks, for some seconds at most for each broker.
seen_broker look(const std::string& urls, const std::string& authorities,
                 const std::vector<std::string>& subscriptions);

} // namespace edm::bus_rabbitmq
