#pragma once

#include <edm/bus_rabbitmq/bus_rabbitmq.hpp>

#include <amqp.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edm::bus_rabbitmq {

/// The connection, or a channel of it, cannot be used any more: close it and connect again. One line.
struct broken : std::runtime_error
{
    explicit broken(const std::string& what, int code = 0) : std::runtime_error(what), reply(code) {}
    /// Whether trying again is no use before somebody changes something: login, virtual host, other settings.
    bool refused() const noexcept
    {
        return reply == AMQP_ACCESS_REFUSED || reply == AMQP_NOT_ALLOWED || reply == AMQP_PRECONDITION_FAILED ||
               is_elsewhere();
    }
    /// Whether another process runs what this one is to run.
    bool is_elsewhere() const noexcept { return reply == AMQP_RESOURCE_LOCKED; }
    int reply; ///< AMQP reply code; 0: the connection itself failed
};

struct received
{
    std::string body;
    std::string message_id, content_type;
    std::int64_t log_position = 0; ///< of the publisher's log; 0: not from a log
    std::string app_id;
};

/// What is published beside the body. The views need not outlive the call.
struct properties
{
    std::string_view content_type{}, message_id{}, app_id{};
    bool persistent = true;
    std::int64_t log_position = 0;
    std::vector<std::pair<std::string_view, std::string_view>> headers{};
};

/// librabbitmq 0.11 as one object with exceptions. Belongs to one thread. Every call may throw `broken`, and then
/// nothing else may be called but the destructor.
class connection
{
  public:
    /// Connects and logs in, within a few seconds.
    connection(const server& to, const options& with);
    ~connection();
    connection(const connection&) = delete;

    /// The connection failed: it is closed without a word.
    void abandon() noexcept { usable_ = false; }
    int descriptor() const;
    void open_channel(amqp_channel_t channel);
    void confirm_select(amqp_channel_t channel);

    /// By passive declaration. Where it does not exist the broker closes the channel, which is opened anew.
    bool exchange_exists(amqp_channel_t channel, const std::string& name);
    bool queue_exists(amqp_channel_t channel, const std::string& name);
    /// How many messages wait in a queue that exists, given to no consumer.
    std::uint32_t messages_in(amqp_channel_t channel, const std::string& queue);
    struct queue_state
    {
        std::uint32_t messages, consumers; ///< messages that no consumer has
    };
    /// None where there is no such queue.
    std::optional<queue_state> state_of(amqp_channel_t channel, const std::string& queue);
    /// With all that is in it; one that does not exist is deleted already.
    void delete_queue(amqp_channel_t channel, const std::string& name);
    void declare_exchange(amqp_channel_t channel, const std::string& name, bool durable);
    /// A durable quorum queue; `single`: one consumer at a time gets messages.
    void declare_queue(amqp_channel_t channel, const std::string& name, bool single);
    /// A queue that lives as long as this connection; returns its name.
    std::string declare_own_queue(amqp_channel_t channel);
    /// A queue that only this connection may have, as long as it lives. False where another one has it.
    bool declare_exclusive_queue(amqp_channel_t channel, const std::string& name);
    void bind(amqp_channel_t channel, const std::string& queue, const std::string& exchange);

    /// Without a name: to the default exchange, which routes by the queue's name.
    void publish(amqp_channel_t channel, const std::string& exchange, const std::string& routing_key, bool mandatory,
                 std::string_view body, const properties& with);
    void consume(amqp_channel_t channel, const std::string& queue, std::uint16_t prefetch, bool no_ack);
    /// The channel's consumer gets nothing more; what it has stays its own until it is acknowledged.
    void cancel(amqp_channel_t channel);
    void ack(amqp_channel_t channel, std::uint64_t tag, bool multiple);

    /// The next frame that is there, without waiting; sends heartbeats that are due. What a broker says when it closes
    /// the connection or a channel is thrown.
    std::optional<amqp_frame_t> next_frame();
    /// The content that follows a delivery or a return.
    received read_content(amqp_channel_t channel);
    void release_buffers() { amqp_maybe_release_buffers(state_); }

  private:
    void log_in(const server& to, int heartbeat);
    void keep_alive() const;
    bool worked(amqp_channel_t channel, const char* refusal, const std::string& name, int unless);
    void check_reply(const char* doing, std::string_view what = {});
    void check(int status, const char* doing) const;
    [[noreturn]] void fail(const amqp_rpc_reply_t& reply, const char* doing, std::string_view what);

    amqp_connection_state_t state_;
    std::string shown_;
    bool usable_ = false;
};

} // namespace edm::bus_rabbitmq
