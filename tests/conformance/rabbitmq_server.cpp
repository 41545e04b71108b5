#include "rabbitmq_server.hpp"

#include <amqp.h>
#include <amqp_tcp_socket.h>

#include <arpa/inet.h>
#include <csignal>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace edm::conformance {

namespace {

constexpr const char* epmd = "/usr/bin/epmd";

/// Of Debian's package, or of another version: of the folder that EDM_TEST_RABBITMQ_BIN names.
std::string program(const std::string& name)
{
    const char* folder = std::getenv("EDM_TEST_RABBITMQ_BIN");
    return std::string{folder ? folder : "/usr/lib/rabbitmq/bin"} + "/" + name;
}

std::uint16_t free_port()
{
    int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof a;
    if (s < 0 || ::bind(s, reinterpret_cast<sockaddr*>(&a), size) != 0 ||
        ::getsockname(s, reinterpret_cast<sockaddr*>(&a), &size) != 0)
        throw std::runtime_error("no free port");
    ::close(s);
    return ntohs(a.sin_port);
}

bool listens(std::uint16_t port)
{
    int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(port);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bool connected = ::connect(s, reinterpret_cast<sockaddr*>(&a), sizeof a) == 0;
    ::close(s);
    return connected;
}

/// A foreign server says nothing to us when it is ready: this one bounded loop asks it.
template <class Condition>
void wait_until(Condition holds, const char* who)
{
    auto until = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    while (!holds()) {
        if (std::chrono::steady_clock::now() > until)
            throw std::runtime_error(std::string{who} + " does not answer within a minute");
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
}

void end_group(pid_t& group)
{
    if (group <= 0)
        return;
    ::kill(-group, SIGKILL);
    ::waitpid(group, nullptr, 0);
    group = 0;
}

/// A connection of an operator or of a foreign program.
class client
{
  public:
    explicit client(std::uint16_t port) : state_(amqp_new_connection())
    {
        auto* socket = amqp_tcp_socket_new(state_);
        timeval limit{5, 0};
        amqp_set_handshake_timeout(state_, &limit);
        amqp_set_rpc_timeout(state_, &limit);
        opened_ = amqp_socket_open_noblock(socket, "127.0.0.1", port, &limit) == AMQP_STATUS_OK &&
                  amqp_login(state_, "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest").reply_type ==
                      AMQP_RESPONSE_NORMAL;
        if (opened_)
            amqp_channel_open(state_, 1);
    }
    ~client()
    {
        if (opened_)
            amqp_connection_close(state_, AMQP_REPLY_SUCCESS);
        amqp_destroy_connection(state_);
    }
    client(const client&) = delete;
    bool opened() const { return opened_; }
    bool worked() { return amqp_get_rpc_reply(state_).reply_type == AMQP_RESPONSE_NORMAL; }
    amqp_connection_state_t get() const { return state_; }

    void publish(const std::string& exchange, const std::string& key, const std::string& content_type,
                 const std::string& body)
    {
        amqp_confirm_select(state_, 1);
        amqp_basic_properties_t p{};
        p._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG;
        p.content_type = amqp_cstring_bytes(content_type.c_str());
        p.delivery_mode = AMQP_DELIVERY_PERSISTENT;
        amqp_bytes_t content{body.size(), const_cast<char*>(body.data())};
        amqp_basic_publish(state_, 1, amqp_cstring_bytes(exchange.c_str()), amqp_cstring_bytes(key.c_str()), 1, 0, &p,
                           content);
        amqp_frame_t frame;
        timeval limit{10, 0};
        if (amqp_simple_wait_frame_noblock(state_, &frame, &limit) != AMQP_STATUS_OK ||
            frame.payload.method.id != AMQP_BASIC_ACK_METHOD)
            throw std::runtime_error("the broker does not confirm a message to " + exchange + key);
    }

  private:
    amqp_connection_state_t state_;
    bool opened_ = false;
};

amqp_bytes_t text(const std::string& s)
{
    return amqp_cstring_bytes(s.c_str());
}

} // namespace

std::string rabbitmq_server::missing()
{
    for (const auto& file : {program("rabbitmq-server"), std::string{epmd}})
        if (::access(file.c_str(), X_OK) != 0)
            return "not run: " + file + " is not there; install rabbitmq-server";
    return {};
}

rabbitmq_server* rabbitmq_server::get()
{
    static std::optional<rabbitmq_server> one;
    if (!missing().empty())
        return nullptr;
    if (!one)
        one.emplace();
    return &*one;
}

rabbitmq_server::rabbitmq_server() : port_(free_port()), dist_port_(free_port()), epmd_port_(free_port())
{
    std::ofstream{files_.path() / "plugins"} << "[].";
    epmd_ = spawn({epmd, "-port", std::to_string(epmd_port_), "-address", "127.0.0.1"});
}

rabbitmq_server::rabbitmq_server(certificate with) : rabbitmq_server()
{
    tls_port_ = free_port();
    std::ofstream{files_.path() / "tls.conf"}
        << "listeners.ssl.default = 127.0.0.1:" << tls_port_ << "\nssl_options.cacertfile = " << with.authority
        << "\nssl_options.certfile = " << with.chain << "\nssl_options.keyfile = " << with.key << "\n";
}

rabbitmq_server::~rabbitmq_server()
{
    end_group(server_);
    end_group(epmd_);
}

std::string rabbitmq_server::url(const std::string& user, const std::string& password) const
{
    return "amqp://" + user + ":" + password + "@127.0.0.1:" + std::to_string(port_) + "/";
}

pid_t rabbitmq_server::spawn(std::vector<std::string> arguments) const
{
    auto at = files_.path().string();
    std::vector<std::string> variables{
        "PATH=/usr/bin:/bin:/usr/sbin:/sbin",
        "HOME=" + at,
        "LANG=C.UTF-8",
        "ERL_EPMD_PORT=" + std::to_string(epmd_port_),
        "ERL_EPMD_ADDRESS=127.0.0.1",
        "RABBITMQ_NODENAME=edm" + std::to_string(port_) + "@localhost",
        "RABBITMQ_NODE_IP_ADDRESS=127.0.0.1",
        "RABBITMQ_NODE_PORT=" + std::to_string(port_),
        "RABBITMQ_DIST_PORT=" + std::to_string(dist_port_),
        "RABBITMQ_MNESIA_BASE=" + at + "/mnesia",
        "RABBITMQ_LOG_BASE=" + at + "/log",
        "RABBITMQ_ENABLED_PLUGINS_FILE=" + at + "/plugins",
        "RABBITMQ_CONF_ENV_FILE=" + at + "/none",
        "RABBITMQ_CONFIG_FILE=" + at + (tls_port_ ? "/tls.conf" : "/none"),
        "RUNNING_UNDER_SYSTEMD=true", // the shell becomes the server, instead of waiting for it
        "RABBITMQ_PID_FILE=" + at + "/pid",
        "ERL_CRASH_DUMP=" + at + "/crash",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-start_epmd false -kernel inet_dist_use_interface {127,0,0,1} +S 1:1 "
        "+sbwt none",
    };
    std::vector<char*> argv, envp;
    for (auto& one : arguments)
        argv.push_back(one.data());
    for (auto& one : variables)
        envp.push_back(one.data());
    argv.push_back(nullptr);
    envp.push_back(nullptr);
    auto output = at + "/output";
    pid_t child = ::fork();
    if (child == 0) { // calls that are safe after a fork of a program with threads, and no others
        ::setpgid(0, 0);
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        int in = ::open("/dev/null", O_RDONLY);
        int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        ::dup2(in, 0);
        ::dup2(out, 1);
        ::dup2(out, 2);
        ::execve(argv[0], argv.data(), envp.data());
        ::_exit(127);
    }
    ::setpgid(child, child);
    return child;
}

void rabbitmq_server::start()
{
    if (runs())
        return;
    wait_until([this] { return listens(epmd_port_); }, "epmd");
    server_ = spawn({program("rabbitmq-server")});
    wait_until([this] { return client{port_}.opened() && (!tls_port_ || listens(tls_port_)); }, "rabbitmq-server");
}

void rabbitmq_server::restart_in_order()
{
    ::kill(server_, SIGTERM);
    ::waitpid(server_, nullptr, 0);
    server_ = 0;
    start();
}

void rabbitmq_server::kill()
{
    end_group(server_);
}

void rabbitmq_server::lose_volume()
{
    kill();
    std::filesystem::remove_all(files_.path() / "mnesia");
    start();
}

void rabbitmq_server::stall()
{
    ::kill(-server_, SIGSTOP);
}

void rabbitmq_server::resume()
{
    ::kill(-server_, SIGCONT);
}

int rabbitmq_server::control(const std::vector<std::string>& words)
{
    std::vector<std::string> arguments{program("rabbitmqctl")};
    arguments.insert(arguments.end(), words.begin(), words.end());
    int status = 0;
    ::waitpid(spawn(arguments), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void rabbitmq_server::declare_probe(const std::string& queue, const std::string& exchange)
{
    client c{port_};
    amqp_queue_declare(c.get(), 1, text(queue), 0, 1, 0, 0, amqp_empty_table);
    amqp_queue_bind(c.get(), 1, text(queue), text(exchange), amqp_empty_bytes, amqp_empty_table);
}

void rabbitmq_server::declare_full_queue(const std::string& queue, const std::string& exchange)
{
    amqp_table_entry_t entries[2]{};
    entries[0].key = amqp_cstring_bytes("x-max-length");
    entries[0].value.kind = AMQP_FIELD_KIND_I32;
    entries[0].value.value.i32 = 1;
    entries[1].key = amqp_cstring_bytes("x-overflow");
    entries[1].value.kind = AMQP_FIELD_KIND_UTF8;
    entries[1].value.value.bytes = amqp_cstring_bytes("reject-publish");
    client c{port_};
    amqp_queue_declare(c.get(), 1, text(queue), 0, 1, 0, 0, amqp_table_t{2, entries});
    amqp_queue_bind(c.get(), 1, text(queue), text(exchange), amqp_empty_bytes, amqp_empty_table);
}

void rabbitmq_server::declare_classic_queue(const std::string& queue)
{
    client c{port_};
    amqp_queue_declare(c.get(), 1, text(queue), 0, 1, 0, 0, amqp_empty_table);
}

std::shared_ptr<void> rabbitmq_server::hold_exclusively(const std::string& queue)
{
    auto c = std::make_shared<client>(port_);
    amqp_queue_declare(c->get(), 1, text(queue), 0, 0, 1, 0, amqp_empty_table);
    return c->worked() ? c : nullptr;
}

std::uint32_t rabbitmq_server::messages(const std::string& queue)
{
    client c{port_};
    auto* seen = amqp_queue_declare(c.get(), 1, text(queue), 1, 1, 0, 0, amqp_empty_table);
    return seen ? seen->message_count : 0;
}

void rabbitmq_server::remove_everything()
{
    for (const auto* queue : {"edm.sink.reads", "edm.sink.read-once", "edm.source.answers", "probe",
                              "edm.source.baseline", "edm.sink.baseline", "edm.unreadable"})
        delete_queue(queue);
    client c{port_};
    for (const auto* exchange : {"edm.news", "edm.other", "edm.answers", "edm.source.log", "edm.sink.log"})
        amqp_exchange_delete(c.get(), 1, amqp_cstring_bytes(exchange), 0);
}

void rabbitmq_server::delete_queue(const std::string& name)
{
    client c{port_};
    amqp_queue_delete(c.get(), 1, text(name), 0, 0);
}

void rabbitmq_server::declare_direct_exchange(const std::string& name)
{
    client c{port_};
    amqp_exchange_declare(c.get(), 1, text(name), amqp_cstring_bytes("direct"), 0, 1, 0, 0, amqp_empty_table);
}

bool rabbitmq_server::has_queue(const std::string& name)
{
    client c{port_};
    amqp_queue_declare(c.get(), 1, text(name), 1, 1, 0, 0, amqp_empty_table);
    return c.worked();
}

void rabbitmq_server::publish(const std::string& queue, const std::string& content_type, const std::string& body)
{
    client{port_}.publish({}, queue, content_type, body);
}

void rabbitmq_server::publish_to(const std::string& exchange, const std::string& content_type, const std::string& body)
{
    client{port_}.publish(exchange, {}, content_type, body);
}

std::string rabbitmq_server::get_message(const std::string& queue)
{
    client c{port_};
    amqp_basic_consume(c.get(), 1, text(queue), amqp_empty_bytes, 0, 1, 0, amqp_empty_table);
    amqp_envelope_t envelope;
    timeval limit{10, 0};
    if (amqp_consume_message(c.get(), &envelope, &limit, 0).reply_type != AMQP_RESPONSE_NORMAL)
        throw std::runtime_error("no message in " + queue);
    std::string body{static_cast<const char*>(envelope.message.body.bytes), envelope.message.body.len};
    amqp_destroy_envelope(&envelope);
    return body;
}

} // namespace edm::conformance
