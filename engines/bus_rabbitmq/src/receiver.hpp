#pragma once

#include "link.hpp"
#include "publisher.hpp"
#include "stream.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <set>

namespace edm::bus_rabbitmq {

/// The connection that consumes: the queues of the subscriptions that run here, the requests for baselines of the
/// services that run here, and this process's own queue for broadcasts. A channel each.
class receiver final : public link
{
  public:
    receiver(const options& with, std::vector<server> servers, publisher& sends, std::string instance);
    ~receiver() override;

    using baseline_handler = std::function<task<>(baseline_request wanted)>;

    // From any thread.
    void add(stream& s);
    void serve_baselines(std::string service, baseline_handler handler);
    /// What others broadcast, on the receiver's thread.
    std::function<void(std::string_view)> on_broadcast{};
    /// The request for a baseline whose end came to another process, on the receiver's thread.
    std::function<void(std::string_view request)> on_baseline_end{};
    /// A queue is not there.
    std::function<void()> on_missing{};
    /// What waits in the subscription's queue and what came of it and is not settled; none while it is not consumed.
    task<std::optional<std::uint64_t>> on_the_way(std::string subscription);
    /// Another process runs the same services: this one takes nothing, until `release`.
    void hold();
    /// Consumes what is not consumed yet: also a queue that was not there before.
    void release();
    /// Nothing more is asked for and no broadcast is told of, by the time it returns; what was handed out is
    /// acknowledged still.
    void stop();
    /// `stop` and the end of the thread, once all acknowledgements that are due are sent.
    void finish();

  protected:
    void connected() override;
    void frame(const amqp_frame_t& f) override;
    void lost(const broken& why) override;
    void caught_up() override;

  private:
    void consume_all();
    void consume(amqp_channel_t channel, stream& s);
    void consume(amqp_channel_t channel, const std::string& service);
    bool open(amqp_channel_t channel, const std::string& queue);
    void listen();
    void delivered(amqp_channel_t channel, const amqp_basic_deliver_t& m);
    void put_aside(stream& from, std::uint64_t tag, received message);
    void acknowledge();
    void begin_pass(const std::string& service, amqp_channel_t channel, std::uint64_t tag, received message);
    task<> make_pass(baseline_handler handler, amqp_channel_t channel, std::uint64_t tag, std::uint64_t of,
                     baseline_request wanted, std::string request);
    task<> aside(direct_message m, stream& from, std::uint64_t position, std::uint64_t of);

    publisher& sends_;
    std::string instance_;
    std::map<amqp_channel_t, stream*> streams_;
    std::map<amqp_channel_t, std::string> baselines_; ///< services
    std::map<std::string, baseline_handler, std::less<>> handlers_;
    amqp_channel_t next_channel_ = 2;             ///< 1: broadcasts
    std::set<amqp_channel_t> opened_, consuming_; ///< of streams and of requests
    std::set<stream*> fresh_;                     ///< with messages since the last `caught_up`
    std::atomic<bool> scheduled_{false};
    bool held_ = false;
    std::atomic<bool> stopped_{false};
    std::mutex hearing_; ///< held while a broadcast is told of
};

} // namespace edm::bus_rabbitmq
