#include "publisher.hpp"

#include "names.hpp"

#include <edm/observability/log.hpp>

#include <algorithm>
#include <future>

namespace edm::bus_rabbitmq {

namespace log = observability::log;

namespace {

constexpr std::size_t page = 200;
constexpr milliseconds patience{500};         ///< before a store or a queue that was away is asked again
constexpr milliseconds longest_setup{10'000}; ///< of the topology, before a start no longer waits for it

} // namespace

publisher::publisher(const options& with, std::vector<server> servers, cursors& positions)
    : link(with, std::move(servers)), positions_(positions)
{
}

publisher::~publisher()
{
    end();
}

void publisher::declare(topology declared)
{
    declared_ = std::move(declared);
    for (const auto& route : declared_.subscriptions)
        wanted_.insert(route.topic);
    for (const auto& [service, where] : with_.stores) {
        auto r = std::make_unique<relay>();
        r->service = service;
        r->log = where;
        relays_.emplace(service, std::move(r));
    }
}

publisher::relay* publisher::relay_of(std::string_view service)
{
    auto at = relays_.find(service);
    return at == relays_.end() ? nullptr : at->second.get();
}

const subscription_route* publisher::route_of(std::string_view subscription) const
{
    for (const auto& route : declared_.subscriptions)
        if (route.subscription == subscription)
            return &route;
    return nullptr;
}

void publisher::connected()
{
    next_tag_ = 1;
    exchanges_.clear();
    at().open_channel(confirming);
    at().confirm_select(confirming);
    for (amqp_channel_t other : {transient, looking, making})
        at().open_channel(other);
    at().declare_exchange(transient, broadcast_exchange, false);
    spawn(establish());
    after(longest_setup, [this, of = generation()] {
        if (up() && of == generation())
            held_up();
    });
}

/// Who waits until the service is its own is refused in the end; a broker that confirms nothing may do so for days.
void publisher::held_up()
{
    if (!established_ && !contested_ && on_held_up)
        on_held_up();
}

void publisher::lost(const broken& why)
{
    established_ = false;
    if (!why.is_elsewhere())
        contested_.reset();
    tell(&publisher::away_, why.what());
    blocks_ = false;
    tell(&publisher::blocked_, {});
    auto gone = std::exchange(unconfirmed_, {});
    for (auto& [tag, w] : gone)
        if (w.done)
            w.done(sent::lost);
    for (auto& [name, r] : relays_)
        start_over(*r);
    if (on_trouble)
        on_trouble(why);
}

void publisher::tell(std::string publisher::* of, std::string what)
{
    std::lock_guard lock(trouble_mutex_);
    this->*of = std::move(what);
}

std::optional<std::string> publisher::trouble() const
{
    std::lock_guard lock(trouble_mutex_);
    for (const auto* one : {&away_, &blocked_, &refused_})
        if (!one->empty())
            return *one;
    return {};
}

// Relays

void publisher::hint(std::string_view service)
{
    auto* r = relay_of(service);
    if (!r || r->scheduled.exchange(true))
        return;
    post([this, r] {
        r->scheduled.store(false);
        r->hinted = true;
        if (!r->running && established_ && !r->waits && !stopped_)
            spawn(run(*r));
    });
}

void publisher::begin_relays()
{
    for (auto& [name, r] : relays_)
        hint(name);
}

/// What is unconfirmed is published again; the subscribers' marks make a repeat harmless.
void publisher::start_over(relay& r)
{
    r.in_flight.clear();
    r.read = r.position.load();
    ++r.round;
}

task<> publisher::run(relay& r)
{
    r.running = true;
    for (;;) {
        auto most = r.refusals == 0 ? with_.in_flight : 1; // what was refused is tried alone
        if (!up() || !established_ || r.waits || blocks_ || stopped_ || r.in_flight.size() >= most)
            break;
        r.hinted = false;
        auto round = r.round;
        auto batch = co_await r.log->pending(r.read, std::min(page, most - r.in_flight.size()));
        if (round != r.round)
            continue;
        if (!batch) {
            after(patience, [this, &r] { hint(r.service); });
            break;
        }
        if (stopped_)
            break;
        if (batch->empty()) {
            if (r.hinted && r.log->tail() > r.read)
                continue;
            break;
        }
        try {
            for (const auto& one : *batch)
                publish_event(r, one);
        } catch (const broken& e) {
            drop(e);
        }
    }
    r.running = false;
}

void publisher::ensure_exchange(const std::string& topic)
{
    if (exchanges_.contains(topic))
        return;
    at().declare_exchange(transient, exchange_of(topic), true);
    exchanges_.insert(topic);
}

void publisher::publish_event(relay& r, const logged_event& one)
{
    const auto& e = *one.event;
    ensure_exchange(e.topic);
    properties p{.content_type = cloud_event, .log_position = static_cast<std::int64_t>(one.position)};
    auto read = decode_event(e.bytes);
    std::string place;
    if (read) {
        place = e.sequence.text();
        p.message_id = read->id;
        p.headers = {{"cloudEvents_specversion", "1.0"},
                     {"cloudEvents_id", read->id},
                     {"cloudEvents_source", read->source},
                     {"cloudEvents_type", read->type},
                     {"cloudEvents_subject", read->subject},
                     {"cloudEvents_time", read->time},
                     {"cloudEvents_sequence", place},
                     {"cloudEvents_traceparent", read->traceparent},
                     {"cloudEvents_datacontenttype", read->data.empty() ? "" : "application/json"}};
    }
    auto tag = next_tag_++;
    unconfirmed_.emplace(tag, waiting{std::string{p.message_id}, &r, r.round, one.position});
    r.in_flight.push_back({one.position, false});
    r.read = one.position;
    if (wanted_.contains(e.topic))
        positions_.published(e.topic, one.position);
    at().publish(confirming, exchange_of(e.topic), {}, wanted_.contains(e.topic), e.bytes, p);
}

void publisher::advance(relay& r)
{
    auto before = r.position.load();
    auto position = before;
    while (!r.in_flight.empty() && r.in_flight.front().confirmed) {
        position = r.in_flight.front().position;
        r.in_flight.pop_front();
    }
    if (position == before)
        return;
    r.position.store(position);
    r.refusals = 0;
    if (refuses_ == &r) {
        refuses_ = nullptr;
        tell(&publisher::refused_, {});
    }
    r.log->taken(position);
    if (r.log->positions_last())
        note_position(r, position);
    if (!r.running && r.in_flight.size() <= with_.in_flight / 2 && r.log->tail() > r.read)
        hint(r.service);
}

void publisher::note_position(relay& r, std::uint64_t position)
{
    r.log->note("relay", static_cast<std::int64_t>(position));
    for (const auto& route : declared_.subscriptions)
        if (route.publisher == r.service && !with_.stores.contains(route.service))
            r.log->note("reader/" + route.subscription, static_cast<std::int64_t>(position));
    positions_.relayed(r.service, position);
}

std::uint64_t publisher::unconfirmed(std::string_view service) const
{
    auto at = relays_.find(service);
    if (at == relays_.end())
        return 0;
    auto tail = at->second->log->tail();
    auto position = at->second->position.load();
    return tail > position ? tail - position : 0;
}

void publisher::stop()
{
    std::promise<void> seen;
    if (!running_now()) {
        stopped_ = true;
        return;
    }
    post([this, &seen] {
        stopped_ = true;
        seen.set_value();
    });
    seen.get_future().wait(); // the stores may be closed then
}

// Confirms

void publisher::frame(const amqp_frame_t& f)
{
    if (f.frame_type != AMQP_FRAME_METHOD)
        return;
    const auto* decoded = f.payload.method.decoded;
    switch (f.payload.method.id) {
    case AMQP_BASIC_ACK_METHOD: {
        const auto* m = static_cast<const amqp_basic_ack_t*>(decoded);
        return confirmed(m->delivery_tag, m->multiple, true);
    }
    case AMQP_BASIC_NACK_METHOD: {
        const auto* m = static_cast<const amqp_basic_nack_t*>(decoded);
        return confirmed(m->delivery_tag, m->multiple, false);
    }
    case AMQP_BASIC_RETURN_METHOD: {
        // A return comes before the confirm of its message, and says which one it is by its id alone.
        auto back = at().read_content(f.channel);
        for (auto& [tag, w] : unconfirmed_)
            if (w.message_id == back.message_id)
                w.returned = true;
        return;
    }
    case AMQP_CONNECTION_BLOCKED_METHOD: {
        const auto* m = static_cast<const amqp_connection_blocked_t*>(decoded);
        std::string why{static_cast<const char*>(m->reason.bytes), m->reason.len};
        log::warning("rabbitmq_blocked", {{"why", why}, {"then", "events wait in the log"}});
        blocks_ = true;
        tell(&publisher::blocked_, "RabbitMQ takes no events for now: " + why);
        return held_up();
    }
    case AMQP_CONNECTION_UNBLOCKED_METHOD:
        log::info("rabbitmq_unblocked", {});
        blocks_ = false;
        tell(&publisher::blocked_, {});
        return begin_relays();
    default:
        return;
    }
}

void publisher::confirmed(std::uint64_t tag, bool multiple, bool accepted)
{
    auto first = multiple ? unconfirmed_.begin() : unconfirmed_.lower_bound(tag);
    auto last = unconfirmed_.upper_bound(tag);
    std::vector<waiting> these;
    for (auto w = first; w != last; ++w)
        these.push_back(std::move(w->second));
    unconfirmed_.erase(first, last);
    std::set<relay*> moved;
    for (auto& w : these) {
        if (w.of && accepted && !w.returned)
            moved.insert(w.of);
        decide(std::move(w), accepted);
    }
    for (auto* r : moved)
        advance(*r);
}

void publisher::decide(waiting w, bool accepted)
{
    bool taken = accepted && !w.returned;
    if (w.done)
        return w.done(taken ? sent::confirmed : sent::refused);
    if (!w.of || w.round != w.of->round)
        return;
    if (!taken) {
        refuses_ = w.of;
        tell(&publisher::refused_, "RabbitMQ refuses an event of " + w.of->service +
                                       (w.returned ? ": no queue takes it" : ": a queue does not keep it"));
        log::warning("event_not_taken", {{"service", w.of->service},
                                         {"position", w.position},
                                         {"why", w.returned ? "no queue takes it" : "the broker refused it"}});
        start_over(*w.of);
        w.of->waits = true;
        after(patience * (1u << std::min(w.of->refusals++, 6u)), [this, r = w.of] {
            r->waits = false;
            look_again(); // what nobody takes although somebody subscribes is a lost queue
        });
        return;
    }
    auto& flights = w.of->in_flight;
    auto one = std::lower_bound(flights.begin(), flights.end(), w.position,
                                [](const relay::flight& f, std::uint64_t p) { return f.position < p; });
    if (one != flights.end() && one->position == w.position)
        one->confirmed = true;
}

} // namespace edm::bus_rabbitmq
