#include "load.hpp"
#include "servers.hpp"
#include "usage.hpp"

#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <fmt/format.h>

#include <csignal>
#include <fstream>
#include <stdexcept>

namespace edm::measure {

namespace {

const std::vector<std::string> server_folders{"/usr/lib/rabbitmq/bin"};

/// An operator's connection: short calls, one channel.
class operator_connection
{
  public:
    explicit operator_connection(std::string url) : url_(std::move(url)), state_(amqp_new_connection())
    {
        auto text = url_;
        amqp_connection_info to;
        amqp_default_connection_info(&to);
        if (amqp_parse_url(text.data(), &to) != AMQP_STATUS_OK || to.ssl)
            throw std::runtime_error("EDM_RABBITMQ_URL: for measuring write amqp://user:password@host:port/vhost");
        if (*to.vhost == '\0') // the path `/`, which people mean as the default
            to.vhost = const_cast<char*>("/");
        auto* socket = amqp_tcp_socket_new(state_);
        timeval limit{5, 0};
        amqp_set_handshake_timeout(state_, &limit);
        amqp_set_rpc_timeout(state_, &limit);
        opened_ = amqp_socket_open_noblock(socket, to.host, to.port, &limit) == AMQP_STATUS_OK &&
                  amqp_login(state_, to.vhost, 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, to.user, to.password).reply_type ==
                      AMQP_RESPONSE_NORMAL;
        port_ = static_cast<std::uint16_t>(to.port);
        if (opened_)
            open_channel();
    }
    ~operator_connection()
    {
        if (opened_)
            amqp_connection_close(state_, AMQP_REPLY_SUCCESS);
        amqp_destroy_connection(state_);
    }
    operator_connection(const operator_connection&) = delete;
    bool opened() const { return opened_; }
    std::uint16_t port() const { return port_; }

    bool queue_exists(const std::string& name)
    {
        amqp_queue_declare(state_, channel_, amqp_cstring_bytes(name.c_str()), 1, 0, 0, 0, amqp_empty_table);
        if (amqp_get_rpc_reply(state_).reply_type == AMQP_RESPONSE_NORMAL)
            return true;
        amqp_channel_close_ok_t done{}; // the broker closes the channel of one who asks for what is not there
        amqp_send_method(state_, channel_, AMQP_CHANNEL_CLOSE_OK_METHOD, &done);
        ++channel_;
        open_channel();
        return false;
    }
    void remove(const broker_names& names)
    {
        for (const auto& name : names.queues)
            amqp_queue_delete(state_, channel_, amqp_cstring_bytes(name.c_str()), 0, 0);
        for (const auto& name : names.exchanges)
            amqp_exchange_delete(state_, channel_, amqp_cstring_bytes(name.c_str()), 0);
    }

  private:
    void open_channel()
    {
        amqp_channel_open(state_, channel_);
        if (amqp_get_rpc_reply(state_).reply_type != AMQP_RESPONSE_NORMAL)
            throw std::runtime_error("the broker opens no channel");
    }

    std::string url_;
    amqp_connection_state_t state_;
    amqp_channel_t channel_ = 1;
    std::uint16_t port_ = 0;
    bool opened_ = false;
};

class own final : public server
{
  public:
    explicit own(const std::filesystem::path& directory) : port_(free_port()), epmd_port_(free_port())
    {
        std::filesystem::create_directories(directory);
        auto at = directory.string();
        std::ofstream{directory / "plugins"} << "[].";
        std::map<std::string, std::string> environment{
            {"PATH", "/usr/bin:/bin:/usr/sbin:/sbin"},
            {"HOME", at},
            {"LANG", "C.UTF-8"},
            {"ERL_EPMD_PORT", fmt::to_string(epmd_port_)},
            {"ERL_EPMD_ADDRESS", "127.0.0.1"},
            {"RABBITMQ_NODENAME", fmt::format("measure{}@localhost", port_)},
            {"RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1"},
            {"RABBITMQ_NODE_PORT", fmt::to_string(port_)},
            {"RABBITMQ_DIST_PORT", fmt::to_string(free_port())},
            {"RABBITMQ_MNESIA_BASE", at + "/mnesia"},
            {"RABBITMQ_LOG_BASE", at + "/log"},
            {"RABBITMQ_ENABLED_PLUGINS_FILE", at + "/plugins"},
            {"RABBITMQ_CONF_ENV_FILE", at + "/none"},
            {"RABBITMQ_CONFIG_FILE", at + "/none"},
            {"RUNNING_UNDER_SYSTEMD", "true"}, // the shell becomes the server, instead of waiting for it
            {"RABBITMQ_PID_FILE", at + "/pid"},
            {"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}"},
        };
        auto output = directory / "output";
        epmd_ = std::make_unique<child>(
            child::what{{find_program("epmd"), "-port", fmt::to_string(epmd_port_), "-address", "127.0.0.1"},
                        environment,
                        directory,
                        output});
        wait_for("epmd", epmd_.get(), std::chrono::seconds{10}, [this] { return listens(epmd_port_); });
        server_ = std::make_unique<child>(
            child::what{{find_program("rabbitmq-server", server_folders)}, environment, directory, output});
        wait_for("rabbitmq-server", server_.get(), std::chrono::seconds{90},
                 [this] { return listens(port_) && operator_connection{url()}.opened(); });
        pid_ = listener_of(port_);
    }
    ~own() override
    {
        server_.reset();
        epmd_.reset();
    }
    std::string url() const override { return fmt::format("amqp://guest:guest@127.0.0.1:{}", port_); }
    pid_t pid() const override { return pid_; }

  private:
    std::uint16_t port_, epmd_port_;
    std::unique_ptr<child> epmd_, server_;
    pid_t pid_ = 0;
};

class given final : public server
{
  public:
    given(std::string url, broker_names names, pid_t pid) : url_(std::move(url)), names_(std::move(names)), pid_(pid)
    {
        operator_connection by{url_};
        if (!by.opened())
            throw std::runtime_error("EDM_RABBITMQ_URL: the broker cannot be reached, or refuses the login");
        for (const auto& name : names_.queues)
            if (by.queue_exists(name))
                throw std::runtime_error(fmt::format("EDM_RABBITMQ_URL: this virtual host has a queue {}, so it is in "
                                                     "use; name one that nothing else uses",
                                                     name));
        if (pid_ == 0)
            pid_ = listener_of(by.port());
    }
    ~given() override
    {
        try {
            operator_connection by{url_};
            if (by.opened())
                by.remove(names_);
        } catch (const std::runtime_error&) {
            // What is left there is said to be in use by the next run.
        }
    }
    std::string url() const override { return url_; }
    pid_t pid() const override { return pid_; }

  private:
    std::string url_;
    broker_names names_;
    pid_t pid_;
};

} // namespace

std::string missing_rabbitmq()
{
    if (find_program("rabbitmq-server", server_folders).empty() || find_program("epmd").empty())
        return "rabbitmq-server is not installed, and EDM_RABBITMQ_URL names no broker";
    return {};
}

std::unique_ptr<server> own_rabbitmq(const std::filesystem::path& directory)
{
    return std::make_unique<own>(directory);
}

std::unique_ptr<server> given_rabbitmq(const std::string& url, broker_names names, pid_t pid)
{
    return std::make_unique<given>(url, std::move(names), pid);
}

} // namespace edm::measure
