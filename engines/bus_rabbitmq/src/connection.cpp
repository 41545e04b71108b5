#include "connection.hpp"

#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <fmt/format.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <array>
#include <limits>

namespace edm::bus_rabbitmq {

namespace {

constexpr timeval connect_limit{.tv_sec = 3, .tv_usec = 0};
constexpr timeval rpc_limit{.tv_sec = 10, .tv_usec = 0};
constexpr const char* system_authorities = "/etc/ssl/certs/ca-certificates.crt";
constexpr std::int64_t delivery_limit = std::numeric_limits<std::int32_t>::max(); // "unlimited" differs by version
constexpr const char* position_header = "edm-position";

amqp_bytes_t bytes(std::string_view s)
{
    return {s.size(), const_cast<char*>(s.data())};
}

std::string_view view(amqp_bytes_t b)
{
    return {static_cast<const char*>(b.bytes), b.len};
}

amqp_table_entry_t entry(const char* key, std::string_view value)
{
    amqp_table_entry_t e{};
    e.key = bytes(key);
    e.value.kind = AMQP_FIELD_KIND_UTF8;
    e.value.value.bytes = bytes(value);
    return e;
}

amqp_table_entry_t entry(const char* key, std::int64_t value)
{
    amqp_table_entry_t e{};
    e.key = bytes(key);
    e.value.kind = AMQP_FIELD_KIND_I64;
    e.value.value.i64 = value;
    return e;
}

amqp_table_entry_t entry(const char* key, bool value)
{
    amqp_table_entry_t e{};
    e.key = bytes(key);
    e.value.kind = AMQP_FIELD_KIND_BOOLEAN;
    e.value.value.boolean = value;
    return e;
}

/// A handshake also fails where the peer just goes away, as a proxy does whose broker is down.
bool is_of_certificates(int status)
{
    auto last = ::ERR_peek_last_error();
    bool unverified = ERR_GET_LIB(last) == ERR_LIB_SSL && ERR_GET_REASON(last) == SSL_R_CERTIFICATE_VERIFY_FAILED;
    return status == AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED || status == AMQP_STATUS_SSL_PEER_VERIFY_FAILED ||
           (status == AMQP_STATUS_SSL_CONNECTION_FAILED && unverified);
}

} // namespace

connection::connection(const server& to, const options& with) : state_(amqp_new_connection()), shown_(to.shown())
{
    if (!state_)
        throw std::bad_alloc();
    try {
        amqp_socket_t* socket = to.tls ? amqp_ssl_socket_new(state_) : amqp_tcp_socket_new(state_);
        if (!socket)
            throw std::bad_alloc();
        if (to.tls) {
            amqp_ssl_socket_set_verify_peer(socket, 1);
            amqp_ssl_socket_set_verify_hostname(socket, 1);
            amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST);
            const auto* authorities = with.authorities.empty() ? system_authorities : with.authorities.c_str();
            if (amqp_ssl_socket_set_cacert(socket, authorities) != AMQP_STATUS_OK)
                throw broken(fmt::format("RabbitMQ at {} is not asked: the file of certificate authorities {} of "
                                         "EDM_RABBITMQ_CA_FILE cannot be read",
                                         shown_, authorities),
                             AMQP_NOT_ALLOWED);
        }
        check(amqp_set_handshake_timeout(state_, &connect_limit), "cannot be set up");
        check(amqp_set_rpc_timeout(state_, &rpc_limit), "cannot be set up");
        auto limit = connect_limit;
        int opened = amqp_socket_open_noblock(socket, to.host.c_str(), to.port, &limit);
        if (to.tls && is_of_certificates(opened))
            throw broken(fmt::format("RabbitMQ at {} shows no certificate for this name that the authorities of "
                                     "EDM_RABBITMQ_CA_FILE signed: {}",
                                     shown_, amqp_error_string2(opened)),
                         AMQP_NOT_ALLOWED);
        check(opened, "cannot be reached");
        keep_alive();
        log_in(to, with.heartbeat_seconds);
    } catch (...) {
        amqp_destroy_connection(state_);
        throw;
    }
    usable_ = true;
}

connection::~connection()
{
    if (usable_)
        amqp_connection_close(state_, AMQP_REPLY_SUCCESS);
    amqp_destroy_connection(state_);
}

void connection::log_in(const server& to, int heartbeat)
{
    constexpr int frame_max = 131'072;
    std::array<amqp_table_entry_t, 3> capabilities{entry("authentication_failure_close", true),
                                                   entry("consumer_cancel_notify", true),
                                                   entry("connection.blocked", true)};
    std::array<amqp_table_entry_t, 2> about{entry("connection_name", std::string_view{"edm"}), {}};
    about[1].key = bytes("capabilities");
    about[1].value.kind = AMQP_FIELD_KIND_TABLE;
    about[1].value.value.table = {capabilities.size(), capabilities.data()};
    amqp_table_t client{about.size(), about.data()};
    auto reply = amqp_login_with_properties(state_, to.vhost.c_str(), 0, frame_max, heartbeat, &client,
                                            AMQP_SASL_METHOD_PLAIN, to.user.c_str(), to.password.c_str());
    if (reply.reply_type != AMQP_RESPONSE_NORMAL)
        fail(reply, "refuses the login of user", to.user);
}

void connection::keep_alive() const
{
    int fd = descriptor();
    auto set = [fd](int level, int name, int value) { ::setsockopt(fd, level, name, &value, sizeof value); };
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, 20);
    set(IPPROTO_TCP, TCP_KEEPINTVL, 5);
    set(IPPROTO_TCP, TCP_KEEPCNT, 3);
    set(IPPROTO_TCP, TCP_USER_TIMEOUT, 30'000);
    set(IPPROTO_TCP, TCP_NODELAY, 1);
}

int connection::descriptor() const
{
    return amqp_get_sockfd(state_);
}

void connection::check(int status, const char* doing) const
{
    if (status != AMQP_STATUS_OK)
        throw broken(fmt::format("RabbitMQ at {} {}: {}", shown_, doing, amqp_error_string2(status)));
}

void connection::check_reply(const char* doing, std::string_view what)
{
    auto reply = amqp_get_rpc_reply(state_);
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) {
        if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION)
            usable_ = false;
        fail(reply, doing, what);
    }
}

void connection::fail(const amqp_rpc_reply_t& reply, const char* doing, std::string_view what)
{
    std::string why = amqp_error_string2(reply.library_error);
    int code = 0;
    if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION) {
        if (reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD) {
            const auto* m = static_cast<const amqp_connection_close_t*>(reply.reply.decoded);
            code = m->reply_code;
            why = view(m->reply_text);
            usable_ = false;
        } else if (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
            const auto* m = static_cast<const amqp_channel_close_t*>(reply.reply.decoded);
            code = m->reply_code;
            why = view(m->reply_text);
        }
    }
    throw broken(fmt::format("RabbitMQ at {} {}{}{}: {}", shown_, doing, what.empty() ? "" : " ", what, why), code);
}

void connection::open_channel(amqp_channel_t channel)
{
    amqp_channel_open(state_, channel);
    check_reply("opens no channel");
}

void connection::confirm_select(amqp_channel_t channel)
{
    amqp_confirm_select(state_, channel);
    check_reply("confirms nothing");
}

bool connection::exchange_exists(amqp_channel_t channel, const std::string& name)
{
    amqp_exchange_declare(state_, channel, bytes(name), bytes("fanout"), 1, 1, 0, 0, amqp_empty_table);
    return worked(channel, "does not show exchange", name, AMQP_NOT_FOUND);
}

bool connection::queue_exists(amqp_channel_t channel, const std::string& name)
{
    amqp_queue_declare(state_, channel, bytes(name), 1, 1, 0, 0, amqp_empty_table);
    return worked(channel, "does not show queue", name, AMQP_NOT_FOUND);
}

/// The outcome of a declaration; false where the reply is `unless`. The broker closes the channel then: it is opened
/// anew.
bool connection::worked(amqp_channel_t channel, const char* refusal, const std::string& name, int unless)
{
    try {
        check_reply(refusal, name);
        return true;
    } catch (const broken& e) {
        if (e.reply != unless)
            throw;
    }
    amqp_channel_close_ok_t ok{};
    check(amqp_send_method(state_, channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok), "went away");
    open_channel(channel);
    return false;
}

void connection::declare_exchange(amqp_channel_t channel, const std::string& name, bool durable)
{
    amqp_exchange_declare(state_, channel, bytes(name), bytes("fanout"), 0, durable, 0, 0, amqp_empty_table);
    check_reply("refuses exchange", name);
}

void connection::declare_queue(amqp_channel_t channel, const std::string& name, bool single)
{
    std::array<amqp_table_entry_t, 3> arguments{entry("x-queue-type", std::string_view{"quorum"}),
                                                entry("x-delivery-limit", delivery_limit),
                                                entry("x-single-active-consumer", true)};
    amqp_table_t table{single ? 3 : 2, arguments.data()};
    amqp_queue_declare(state_, channel, bytes(name), 0, 1, 0, 0, table);
    check_reply("refuses queue", name);
}

std::uint32_t connection::messages_in(amqp_channel_t channel, const std::string& queue)
{
    auto* seen = amqp_queue_declare(state_, channel, bytes(queue), 1, 1, 0, 0, amqp_empty_table);
    check_reply("does not show queue", queue);
    return seen->message_count;
}

std::optional<connection::queue_state> connection::state_of(amqp_channel_t channel, const std::string& queue)
{
    auto* seen = amqp_queue_declare(state_, channel, bytes(queue), 1, 1, 0, 0, amqp_empty_table);
    auto found = seen ? queue_state{seen->message_count, seen->consumer_count} : queue_state{};
    if (!worked(channel, "does not show queue", queue, AMQP_NOT_FOUND))
        return {};
    return found;
}

void connection::delete_queue(amqp_channel_t channel, const std::string& name)
{
    amqp_queue_delete(state_, channel, bytes(name), 0, 0);
    check_reply("does not delete queue", name);
}

std::string connection::declare_own_queue(amqp_channel_t channel)
{
    auto* made = amqp_queue_declare(state_, channel, amqp_empty_bytes, 0, 0, 1, 1, amqp_empty_table);
    check_reply("refuses a queue for this process");
    return std::string{view(made->queue)};
}

bool connection::declare_exclusive_queue(amqp_channel_t channel, const std::string& name)
{
    auto classic = entry("x-queue-type", std::string_view{"classic"}); // no other type can be exclusive
    amqp_queue_declare(state_, channel, bytes(name), 0, 0, 1, 0, amqp_table_t{1, &classic});
    return worked(channel, "refuses queue", name, AMQP_RESOURCE_LOCKED);
}

void connection::bind(amqp_channel_t channel, const std::string& queue, const std::string& exchange)
{
    amqp_queue_bind(state_, channel, bytes(queue), bytes(exchange), amqp_empty_bytes, amqp_empty_table);
    check_reply("does not bind queue", queue);
}

void connection::publish(amqp_channel_t channel, const std::string& exchange, const std::string& routing_key,
                         bool mandatory, std::string_view body, const properties& with)
{
    std::array<amqp_table_entry_t, 16> headers;
    std::size_t n = 0;
    for (const auto& [key, value] : with.headers)
        if (!value.empty() && n + 1 != headers.size())
            headers[n++] = entry(key.data(), value);
    if (with.log_position != 0)
        headers[n++] = entry(position_header, with.log_position);
    amqp_basic_properties_t p{};
    p._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
    p.delivery_mode = with.persistent ? AMQP_DELIVERY_PERSISTENT : AMQP_DELIVERY_NONPERSISTENT;
    auto text = [&p](std::string_view value, amqp_flags_t flag, amqp_bytes_t& at) {
        if (value.empty())
            return;
        p._flags |= flag;
        at = bytes(value);
    };
    text(with.content_type, AMQP_BASIC_CONTENT_TYPE_FLAG, p.content_type);
    text(with.message_id, AMQP_BASIC_MESSAGE_ID_FLAG, p.message_id);
    text(with.app_id, AMQP_BASIC_APP_ID_FLAG, p.app_id);
    if (n != 0) {
        p._flags |= AMQP_BASIC_HEADERS_FLAG;
        p.headers = {static_cast<int>(n), headers.data()};
    }
    check(amqp_basic_publish(state_, channel, bytes(exchange), bytes(routing_key), mandatory, 0, &p, bytes(body)),
          "went away while publishing");
}

void connection::consume(amqp_channel_t channel, const std::string& queue, std::uint16_t prefetch, bool no_ack)
{
    amqp_basic_qos(state_, channel, 0, prefetch, 0);
    check_reply("sets no prefetch");
    // One consumer a channel, so its tag may be the same everywhere.
    amqp_basic_consume(state_, channel, bytes(queue), bytes("edm"), 0, no_ack, 0, amqp_empty_table);
    check_reply("lets nobody consume", queue);
}

void connection::cancel(amqp_channel_t channel)
{
    amqp_basic_cancel(state_, channel, bytes("edm"));
    check_reply("does not end a consumer");
}

void connection::ack(amqp_channel_t channel, std::uint64_t tag, bool multiple)
{
    check(amqp_basic_ack(state_, channel, tag, multiple), "went away while acknowledging");
}

std::optional<amqp_frame_t> connection::next_frame()
{
    amqp_frame_t frame;
    timeval none{};
    int status = amqp_simple_wait_frame_noblock(state_, &frame, &none);
    if (status == AMQP_STATUS_TIMEOUT)
        return {};
    if (status != AMQP_STATUS_OK)
        usable_ = false;
    check(status, "went away");
    if (frame.frame_type == AMQP_FRAME_METHOD && (frame.payload.method.id == AMQP_CONNECTION_CLOSE_METHOD ||
                                                  frame.payload.method.id == AMQP_CHANNEL_CLOSE_METHOD)) {
        amqp_rpc_reply_t reply{};
        reply.reply_type = AMQP_RESPONSE_SERVER_EXCEPTION;
        reply.reply = frame.payload.method;
        fail(reply, "closes", reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD ? "a channel" : "the connection");
    }
    return frame;
}

received connection::read_content(amqp_channel_t channel)
{
    amqp_message_t message;
    auto reply = amqp_read_message(state_, channel, &message, 0);
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) {
        usable_ = false;
        fail(reply, "sends no content", {});
    }
    received out;
    out.body = view(message.body);
    const auto& p = message.properties;
    if (p._flags & AMQP_BASIC_MESSAGE_ID_FLAG)
        out.message_id = view(p.message_id);
    if (p._flags & AMQP_BASIC_CONTENT_TYPE_FLAG)
        out.content_type = view(p.content_type);
    if (p._flags & AMQP_BASIC_APP_ID_FLAG)
        out.app_id = view(p.app_id);
    if (p._flags & AMQP_BASIC_HEADERS_FLAG)
        for (int i = 0; i != p.headers.num_entries; ++i) {
            const auto& h = p.headers.entries[i];
            if (view(h.key) == position_header && h.value.kind == AMQP_FIELD_KIND_I64)
                out.log_position = h.value.value.i64;
        }
    amqp_destroy_message(&message);
    return out;
}

} // namespace edm::bus_rabbitmq
