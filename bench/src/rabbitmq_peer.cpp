#include "rabbitmq_peer.hpp"

#include "bare_file.hpp"
#include "ledger.hpp"
#include "measure/servers.hpp"
#include "measure/usage.hpp"

#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <set>
#include <stdexcept>
#include <thread>

namespace edm::bench {

namespace {

constexpr const char* exchange = "b3";
constexpr std::size_t in_flight = 1000; ///< messages without a confirm, as many as the ledger's commits under way
constexpr std::uint16_t prefetch = 2000;
constexpr std::size_t largest_group = 1000;

amqp_bytes_t bytes_of(std::string_view text)
{
    return {text.size(), const_cast<char*>(text.data())};
}

/// librabbitmq, one channel; belongs to one thread.
class link
{
  public:
    explicit link(std::string url) : state_(amqp_new_connection())
    {
        amqp_connection_info to;
        amqp_default_connection_info(&to);
        amqp_parse_url(url.data(), &to);
        timeval limit{10, 0};
        amqp_set_handshake_timeout(state_, &limit);
        if (amqp_socket_open_noblock(amqp_tcp_socket_new(state_), to.host, to.port, &limit) != AMQP_STATUS_OK)
            throw std::runtime_error("the broker cannot be reached");
        if (amqp_login(state_, to.vhost, 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, to.user, to.password).reply_type !=
            AMQP_RESPONSE_NORMAL)
            throw std::runtime_error("the broker refused the login");
        amqp_channel_open(state_, 1);
        check("open a channel");
    }
    ~link()
    {
        amqp_connection_close(state_, AMQP_REPLY_SUCCESS);
        amqp_destroy_connection(state_);
    }
    link(const link&) = delete;
    amqp_connection_state_t get() const { return state_; }
    void check(const char* what) const
    {
        if (amqp_get_rpc_reply(state_).reply_type != AMQP_RESPONSE_NORMAL)
            throw std::runtime_error(fmt::format("the broker did not {}", what));
    }

  private:
    amqp_connection_state_t state_;
};

/// One queue and the file behind it.
class consumer
{
  public:
    consumer(const std::string& url, const std::string& queue, const std::filesystem::path& file,
             const std::filesystem::path& like)
        : link_(url), file_(file, like, false)
    {
        auto* c = link_.get();
        amqp_table_entry_t kind{amqp_cstring_bytes("x-queue-type"), {.kind = AMQP_FIELD_KIND_UTF8, .value = {}}};
        kind.value.value.bytes = amqp_cstring_bytes("quorum");
        amqp_queue_declare(c, 1, bytes_of(queue), 0, 1, 0, 0, {1, &kind});
        link_.check("declare a queue");
        amqp_queue_bind(c, 1, bytes_of(queue), amqp_cstring_bytes(exchange), amqp_empty_bytes, amqp_empty_table);
        link_.check("bind a queue");
        amqp_basic_qos(c, 1, 0, prefetch, 0);
        amqp_basic_consume(c, 1, bytes_of(queue), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
        link_.check("let a queue be consumed");
    }

    /// Takes messages until so many have ever been committed.
    void run(const std::vector<std::string>& keys, std::size_t until)
    {
        while (file_.done() != until) {
            const auto first = file_.done();
            auto last = first;
            std::uint64_t tag = 0;
            // The first of a group is waited for; the rest are those that are there.
            for (timeval limit{10, 0}; last != until && last - first != largest_group; limit = {0, 0}) {
                amqp_envelope_t one;
                amqp_maybe_release_buffers(link_.get());
                auto reply = amqp_consume_message(link_.get(), &one, &limit, 0);
                if (reply.reply_type != AMQP_RESPONSE_NORMAL) {
                    if (reply.library_error == AMQP_STATUS_TIMEOUT && last != first)
                        break;
                    throw std::runtime_error("a message did not come");
                }
                auto number = one.message.properties.timestamp;
                tag = one.delivery_tag;
                amqp_destroy_envelope(&one);
                if (number != last)
                    throw std::runtime_error("a message came out of order");
                ++last;
            }
            file_.write(keys, first, last);
            amqp_basic_ack(link_.get(), 1, tag, 1);
        }
    }

  private:
    link link_;
    bare_file file_;
};

} // namespace

class rabbitmq_peer::parts
{
  public:
    parts(const std::filesystem::path& data, const std::filesystem::path& like)
        : broker_(measure::own_rabbitmq(data / "broker")), publisher_(broker_->url())
    {
        auto* c = publisher_.get();
        amqp_exchange_declare(c, 1, amqp_cstring_bytes(exchange), amqp_cstring_bytes("fanout"), 0, 1, 0, 0,
                              amqp_empty_table);
        publisher_.check("declare an exchange");
        amqp_confirm_select(c, 1);
        publisher_.check("confirm");
        const auto& names = ledger::files();
        body_ = bare_file{data / "sample.sqlite", like / (names[0] + ".sqlite"), true}.event();
        for (std::size_t i = 1; i != names.size(); ++i)
            consumers_.push_back(std::make_unique<consumer>(
                broker_->url(), "b3." + names[i], data / (names[i] + ".sqlite"), like / (names[i] + ".sqlite")));
    }

    double publish(const std::vector<std::string>& keys, std::size_t count)
    {
        const auto began = std::chrono::steady_clock::now();
        const auto until = next_ + count;
        std::atomic<bool> failed{false};
        std::vector<std::jthread> threads;
        for (auto& one : consumers_)
            threads.emplace_back([&failed, &keys, until, c = one.get()] {
                try {
                    c->run(keys, until);
                } catch (const std::exception& e) {
                    fmt::print(stderr, "B3's peer: {}\n", e.what());
                    failed.store(true);
                }
            });
        while (next_ != until || !unconfirmed_.empty()) {
            while (next_ != until && unconfirmed_.size() < in_flight) {
                send(keys[next_ % keys.size()]);
                unconfirmed_.insert(++next_); // the broker counts from 1
            }
            take_confirms();
        }
        threads.clear();
        if (failed.load())
            throw std::runtime_error("a consumer of the peer failed");
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    }

    double broker_seconds() const
    {
        return broker_->pid() ? measure::usage_of(measure::tree_of(broker_->pid())).cpu_seconds : 0;
    }

  private:
    void send(const std::string& key)
    {
        amqp_basic_properties_t with{};
        with._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_TIMESTAMP_FLAG;
        with.delivery_mode = 2;
        with.message_id = bytes_of(key);
        with.timestamp = next_; // its number: what consumers check the order by
        if (amqp_basic_publish(publisher_.get(), 1, amqp_cstring_bytes(exchange), amqp_empty_bytes, 0, 0, &with,
                               bytes_of(body_)) != AMQP_STATUS_OK)
            throw std::runtime_error("a message could not be published");
    }

    void take_confirms()
    {
        timeval limit{10, 0}; // for the first; the rest are those that are there
        amqp_frame_t frame;
        for (int status;
             (status = amqp_simple_wait_frame_noblock(publisher_.get(), &frame, &limit)) != AMQP_STATUS_TIMEOUT;
             limit = {0, 0}) {
            if (status != AMQP_STATUS_OK || frame.frame_type != AMQP_FRAME_METHOD ||
                frame.payload.method.id != AMQP_BASIC_ACK_METHOD)
                throw std::runtime_error("a message was not confirmed");
            const auto* ack = static_cast<const amqp_basic_ack_t*>(frame.payload.method.decoded);
            if (ack->multiple)
                unconfirmed_.erase(unconfirmed_.begin(), unconfirmed_.upper_bound(ack->delivery_tag));
            else
                unconfirmed_.erase(ack->delivery_tag);
            amqp_maybe_release_buffers(publisher_.get());
            if (unconfirmed_.size() < in_flight / 2)
                return;
        }
    }

    std::unique_ptr<measure::server> broker_;
    link publisher_;
    std::string body_;
    std::vector<std::unique_ptr<consumer>> consumers_;
    std::uint64_t next_ = 0;
    std::set<std::uint64_t> unconfirmed_;
};

rabbitmq_peer::rabbitmq_peer(const std::filesystem::path& data, const std::filesystem::path& rows_like)
{
    std::filesystem::create_directories(data);
    parts_ = std::make_unique<parts>(data, rows_like);
}

rabbitmq_peer::~rabbitmq_peer() = default;

std::string rabbitmq_peer::missing()
{
    return measure::missing_rabbitmq();
}

double rabbitmq_peer::publish(const std::vector<std::string>& keys, std::size_t count)
{
    return parts_->publish(keys, count);
}

double rabbitmq_peer::broker_seconds() const
{
    return parts_->broker_seconds();
}

} // namespace edm::bench
