#pragma once

#include "cursors.hpp"
#include "link.hpp"

#include <atomic>
#include <deque>
#include <functional>
#include <set>

namespace edm::bus_rabbitmq {

/// The channels of the publishing connection: with confirms; without; for looking at the topology; for making queues.
constexpr amqp_channel_t confirming = 1, transient = 2, looking = 3, making = 4;

/// Another connection has a service that this process is to have alone, perhaps for the last time.
struct contested : std::runtime_error
{
    using std::runtime_error::runtime_error;
};
constexpr std::chrono::milliseconds before_another_claim{500};

/// What became of a message that was published.
enum class sent
{
    confirmed,
    refused, ///< nacked, or returned because no queue takes it
    lost     ///< the connection went before the confirm: it may be there or not
};

/// A message to one queue alone.
struct direct_message
{
    std::string queue;
    std::string content_type;
    std::string message_id;
    std::string body;
    std::int64_t log_position = 0;
};

/// The connection that publishes: it makes sure of the topology, relays the logs of the services that run here, and
/// sends to single queues. A log's position moves over what is confirmed and routed, and over nothing else.
class publisher final : public link
{
  public:
    publisher(const options& with, std::vector<server> servers, cursors& positions);
    ~publisher() override;

    /// Before `start`.
    void declare(topology declared);
    /// After `declare`, before `start`, so that what is committed while no broker is there is relayed. Throws where a
    /// store is away.
    task<> find_starts();
    /// Each time that all that is declared exists, on the publisher's thread.
    std::function<void()> on_established{};
    /// The broker is there and does not let the topology be made, perhaps for long; on the publisher's thread.
    std::function<void()> on_held_up{};
    /// A broker refused us, or none can be reached, on the publisher's thread.
    std::function<void(const broken&)> on_trouble{};

    // From any thread.
    /// No broker can be asked whether a store here is one that was lost: takes those that know of no broker for such.
    /// Before anything is committed. Throws where a store is away.
    task<> begin_epochs();
    void hint(std::string_view service);
    task<sent> send(direct_message m);
    /// The same for several: confirmed only where all of them are.
    task<sent> send_all(std::vector<direct_message> messages);
    /// Writes down that the subscription's baseline is on its way, and asks for it. Throws where the store is away.
    task<sent> request_baseline(baseline_request wanted, std::string request);
    /// How many processes take requests for baselines of the service. None while no broker can be asked.
    task<std::optional<std::uint32_t>> makers_of_baselines(std::string service);
    /// Makes sure of the subscription's queue and of its binding.
    task<bool> ensure_queue(std::string subscription);
    /// A queue was lost: looks at everything again.
    void look_again();
    /// Deletes the queue of a subscription. False where the broker cannot be told now.
    task<bool> remove_queue(std::string subscription);
    void broadcast(std::string message, std::string from, std::string_view content_type = {});
    /// Why what is committed waits; none where nothing is in its way.
    std::optional<std::string> trouble() const;
    std::uint64_t unconfirmed(std::string_view service) const;
    /// Nothing of the logs is read any more.
    void stop();

  protected:
    void connected() override;
    void frame(const amqp_frame_t& f) override;
    void lost(const broken& why) override;

  private:
    /// The way of one service's log to the broker.
    struct relay
    {
        std::string service;
        store* log = nullptr;
        std::atomic<std::uint64_t> position{0}; ///< everything up to here is confirmed and routed
        std::uint64_t read = 0;                 ///< published up to here
        struct flight
        {
            std::uint64_t position;
            bool confirmed;
        };
        std::deque<flight> in_flight{};
        std::uint64_t round = 0; ///< raised when it starts over from `position`
        bool running = false, hinted = false;
        bool remembers = true; ///< its store knows that it published by way of a broker
        bool renewed = false;  ///< it did not, and a new epoch was begun
        unsigned refusals = 0; ///< of the same event, one after the other
        bool waits = false;    ///< after a refusal
        std::atomic<bool> scheduled{false};
    };
    using outcome = std::function<void(sent)>;
    struct waiting
    {
        std::string message_id;
        relay* of = nullptr;
        std::uint64_t round = 0, position = 0;
        outcome done{};
        bool returned = false;
    };

    task<> establish();
    void claim_services();
    bool claim(std::string& held_elsewhere);
    bool is_our_own_past();
    task<> ensure_topology();
    task<> ensure_subscription(const subscription_route& route, bool rebound);
    task<> fix_start(const subscription_route& route);
    task<> find_start(relay& r);
    task<> find_cursor(const subscription_route& route);
    static bool is_first_epoch(const relay& r);
    task<> begin_epoch(relay& r);
    task<> begin_epochs_here(resumption<std::string> done);
    task<> look_for_lost_stores();
    task<> remember();
    task<> note_queue(const subscription_route& route);
    void begin_relays();
    void held_up();
    void tell(std::string publisher::* of, std::string what);

    task<> run(relay& r);
    void publish_event(relay& r, const logged_event& one);
    void start_over(relay& r);
    void advance(relay& r);
    void note_position(relay& r, std::uint64_t position);
    void confirmed(std::uint64_t tag, bool multiple, bool accepted);
    void decide(waiting w, bool accepted);
    void publish_direct(const direct_message& m, outcome done);
    void ensure_exchange(const std::string& topic);
    relay* relay_of(std::string_view service);
    const subscription_route* route_of(std::string_view subscription) const;

    cursors& positions_;
    topology declared_;
    std::map<std::string, std::unique_ptr<relay>, std::less<>> relays_;
    std::set<std::string, std::less<>> wanted_; ///< topics to which somebody subscribes
    std::set<std::string, std::less<>> rebase_; ///< subscriptions here whose start is lost although a queue is there
    std::set<std::string, std::less<>> renew_;  ///< subscriptions whose publisher's store was lost
    bool established_ = false, establishing_ = false;
    bool claims_again_ = false;
    bool owned_ = false; ///< this process had all of its services for itself once
    /// Since when another connection has one of them; none: this one has all.
    std::optional<std::chrono::steady_clock::time_point> contested_;
    bool stopped_ = false;
    std::uint64_t next_tag_ = 1;
    std::map<std::uint64_t, waiting> unconfirmed_;
    std::set<std::string> exchanges_; ///< that are sure to be there
    std::atomic<std::size_t> broadcasts_{0};

    bool blocks_ = false;            ///< the broker takes nothing for now
    const relay* refuses_ = nullptr; ///< whose event it refused

    mutable std::mutex trouble_mutex_;
    std::string away_ = "RabbitMQ is not connected yet"; ///< empty: connected, and the topology exists
    std::string blocked_;                                ///< empty: the broker takes what is published
    std::string refused_;                                ///< empty: it did not refuse an event since the last one
};

} // namespace edm::bus_rabbitmq
