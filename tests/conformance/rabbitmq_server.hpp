#pragma once

#include "stores.hpp"

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace edm::conformance {

/// A RabbitMQ of this test program alone: its own node, ports, cookie and data, started when it is asked for first and
/// ended with the program.
class rabbitmq_server
{
  public:
    /// The one of this program; null where RabbitMQ is not installed (`missing()` says so).
    static rabbitmq_server* get();
    static std::string missing();

    struct certificate
    {
        std::string authority, chain, key; ///< files
    };
    rabbitmq_server();
    /// One that listens for TLS too.
    explicit rabbitmq_server(certificate with);
    ~rabbitmq_server();

    std::string url(const std::string& user = "guest", const std::string& password = "guest") const;
    std::uint16_t port() const { return port_; }
    std::uint16_t tls_port() const { return tls_port_; }

    void kill(); ///< SIGKILL: what is not on disk is gone
    /// Stops in order and starts again. RabbitMQ 3.10 writes the names of new quorum queues to disk every 5 s alone:
    /// one that is killed earlier knows of the queue, and refuses every message to it.
    void restart_in_order();
    void start(); ///< where it does not run; returns when it answers
    bool runs() const { return server_ > 0; }
    void lose_volume(); ///< `kill`, and everything on its disk is gone; then it starts again
    void stall();       ///< SIGSTOP
    void resume();
    /// `rabbitmqctl`; returns its exit status.
    int control(const std::vector<std::string>& words);

    // What an operator or a foreign program does, by a connection of its own.
    void remove_everything();
    void delete_queue(const std::string& name);
    void declare_direct_exchange(const std::string& name);
    /// A queue of a foreign program that takes the exchange's messages, and one that is full after the first.
    void declare_probe(const std::string& queue, const std::string& exchange);
    void declare_full_queue(const std::string& queue, const std::string& exchange);
    void declare_classic_queue(const std::string& queue);
    /// An exclusive queue, as long as the handle lives; null where somebody else has it.
    std::shared_ptr<void> hold_exclusively(const std::string& queue);
    std::uint32_t messages(const std::string& queue); ///< that no consumer has
    bool has_queue(const std::string& name);
    /// To the default exchange, confirmed.
    void publish(const std::string& queue, const std::string& content_type, const std::string& body);
    /// To an exchange, confirmed.
    void publish_to(const std::string& exchange, const std::string& content_type, const std::string& body);
    /// Takes the first message of a queue of its own making or of any other; waits for one.
    std::string get_message(const std::string& queue);

  private:
    pid_t spawn(std::vector<std::string> arguments) const;

    temporary_directory files_;
    std::uint16_t port_, dist_port_, epmd_port_, tls_port_ = 0;
    pid_t epmd_ = 0, server_ = 0;
};

} // namespace edm::conformance
