#include "receiver.hpp"

#include "names.hpp"

#include <edm/observability/log.hpp>

#include <algorithm>

namespace edm::bus_rabbitmq {

namespace log = observability::log;

namespace {

constexpr amqp_channel_t broadcasts = 1;
constexpr milliseconds before_another_pass{1000};
constexpr milliseconds before_put_aside_again{1000};
constexpr std::uint16_t most_passes = 100;

} // namespace

receiver::receiver(const options& with, std::vector<server> servers, publisher& sends, std::string instance)
    : link(with, std::move(servers)), sends_(sends), instance_(std::move(instance))
{
}

receiver::~receiver()
{
    end();
}

void receiver::add(stream& s)
{
    s.on_settled = [this] {
        if (!scheduled_.exchange(true))
            post([this] { acknowledge(); });
    };
    post([this, &s] {
        auto channel = next_channel_++;
        streams_.emplace(channel, &s);
        if (up())
            consume(channel, s);
    });
}

void receiver::serve_baselines(std::string service, baseline_handler handler)
{
    post([this, service = std::move(service), handler = std::move(handler)]() mutable {
        bool known = handlers_.contains(service);
        handlers_.insert_or_assign(service, std::move(handler));
        if (known)
            return;
        auto channel = next_channel_++;
        baselines_.emplace(channel, service);
        if (up())
            consume(channel, service);
    });
}

void receiver::connected()
{
    opened_.clear();
    consuming_.clear();
    listen();
    consume_all();
    works();
}

void receiver::consume_all()
{
    for (auto& [channel, s] : streams_)
        consume(channel, *s);
    for (auto& [channel, service] : baselines_)
        consume(channel, service);
}

/// What was given to this process goes back with the connection.
void receiver::hold()
{
    post([this] {
        if (!std::exchange(held_, true) && up())
            drop(broken("another process runs the same services"));
    });
}

void receiver::release()
{
    post([this] {
        held_ = false;
        if (up())
            consume_all();
    });
}

void receiver::consume(amqp_channel_t channel, stream& s)
{
    if (consuming_.contains(channel))
        return;
    s.begin(generation());
    auto queue = queue_of(s.route().subscription);
    if (s.started() && open(channel, queue))
        at().consume(channel, queue, bus::window, false);
}

void receiver::consume(amqp_channel_t channel, const std::string& service)
{
    auto queue = baseline_queue_of(service);
    if (!consuming_.contains(channel) && open(channel, queue))
        at().consume(channel, queue, most_passes, false);
}

/// False where it is not to be consumed now. A queue that is missing holds up no other: it is consumed once the
/// publisher has made it.
bool receiver::open(amqp_channel_t channel, const std::string& queue)
{
    if (stopped_ || held_)
        return false;
    if (opened_.insert(channel).second)
        at().open_channel(channel);
    if (at().queue_exists(channel, queue)) {
        consuming_.insert(channel);
        return true;
    }
    if (on_missing)
        on_missing();
    return false;
}

void receiver::listen()
{
    at().open_channel(broadcasts);
    at().declare_exchange(broadcasts, broadcast_exchange, false);
    auto mine = at().declare_own_queue(broadcasts);
    at().bind(broadcasts, mine, broadcast_exchange);
    at().consume(broadcasts, mine, 0, true);
}

void receiver::lost(const broken& why)
{
    log::debug("rabbitmq_consumers_away", {{"why", why.what()}});
    if (why.reply == AMQP_NOT_FOUND && on_missing)
        on_missing();
}

void receiver::frame(const amqp_frame_t& f)
{
    if (f.frame_type != AMQP_FRAME_METHOD)
        return;
    if (f.payload.method.id == AMQP_BASIC_DELIVER_METHOD)
        return delivered(f.channel, *static_cast<const amqp_basic_deliver_t*>(f.payload.method.decoded));
    if (f.payload.method.id == AMQP_BASIC_CANCEL_METHOD)
        throw broken("RabbitMQ ended a consumer: its queue is gone", AMQP_NOT_FOUND);
}

void receiver::delivered(amqp_channel_t channel, const amqp_basic_deliver_t& m)
{
    auto message = at().read_content(channel);
    if (channel == broadcasts) {
        if (message.app_id == instance_)
            return;
        std::lock_guard lock(hearing_);
        auto& hear = message.content_type == end_of_baseline ? on_baseline_end : on_broadcast;
        if (hear && !stopped_)
            hear(message.body);
        return;
    }
    if (auto to = streams_.find(channel); to != streams_.end()) {
        if (to->second->take(m.delivery_tag, m.redelivered, message))
            fresh_.insert(to->second);
        else
            put_aside(*to->second, m.delivery_tag, std::move(message));
    } else if (auto of = baselines_.find(channel); of != baselines_.end()) {
        begin_pass(of->second, channel, m.delivery_tag, std::move(message));
    }
}

void receiver::caught_up()
{
    for (auto* s : fresh_)
        s->hand_out();
    fresh_.clear();
}

void receiver::acknowledge()
{
    scheduled_.store(false);
    if (!up())
        return;
    for (auto& [channel, s] : streams_)
        for (auto a : s->acknowledgements(generation()))
            at().ack(channel, a.tag, a.multiple);
}

/// Nothing is dropped: a message that is no event goes to a queue that an operator looks at.
void receiver::put_aside(stream& from, std::uint64_t tag, received message)
{
    log::error("message_unreadable", {{"subscription", from.route().subscription}, {"queue", unreadable_queue}});
    spawn(aside({.queue = unreadable_queue,
                 .content_type = std::move(message.content_type),
                 .message_id = std::move(message.message_id),
                 .body = std::move(message.body)},
                from, from.position_of(tag), generation()));
}

/// Until it lies there or its connection is gone, with which it comes again.
task<> receiver::aside(direct_message m, stream& from, std::uint64_t position, std::uint64_t of)
{
    auto how = co_await sends_.send(m);
    if (how == sent::confirmed) {
        from.settled(position);
        co_return;
    }
    if (how == sent::refused)
        sends_.look_again(); // its queue is gone
    after(before_put_aside_again, [this, m = std::move(m), &from, position, of]() mutable {
        if (up() && of == generation() && !stopped_)
            spawn(aside(std::move(m), from, position, of));
    });
}

void receiver::begin_pass(const std::string& service, amqp_channel_t channel, std::uint64_t tag, received message)
{
    auto handler = handlers_.find(service);
    if (handler == handlers_.end() || stopped_)
        return;
    auto& home = *with_.contexts.front();
    baseline_request wanted{std::move(message.body), message.content_type == rebuild_request};
    home.post([this, made = handler->second, channel, tag, of = generation(), wanted = std::move(wanted),
               request = std::move(message.message_id)]() mutable {
        spawn(make_pass(std::move(made), channel, tag, of, std::move(wanted), std::move(request)));
    });
}

/// Until it is complete the request stays unacknowledged, so that it comes again should this process end.
task<> receiver::make_pass(baseline_handler handler, amqp_channel_t channel, std::uint64_t tag, std::uint64_t of,
                           baseline_request wanted, std::string request)
{
    if (stopped_)
        co_return;
    const auto& subscription = wanted.subscription;
    std::string problem;
    try {
        bool sure = co_await sends_.ensure_queue(subscription);
        if (!sure)
            throw std::runtime_error("its queue cannot be made sure of");
        co_await handler(wanted);
        auto how = co_await sends_.send({.queue = queue_of(subscription),
                                         .content_type = std::string{end_of_baseline},
                                         .message_id = request,
                                         .body = {}});
        if (how != sent::confirmed)
            throw std::runtime_error("the broker went away");
    } catch (const std::exception& e) {
        problem = e.what();
    }
    if (problem.empty()) {
        post([this, channel, tag, of] {
            if (up() && of == generation())
                at().ack(channel, tag, false);
        });
        co_return;
    }
    log::error("baseline_failed", {{"subscription", subscription}, {"why", problem}});
    bool stands = co_await callback<bool>(
        [this, of](resumption<bool> answer) { post([this, of, answer] { answer(up() && of == generation()); }); });
    if (!stands)
        co_return; // it comes again with the next connection
    // The next attempt is a coroutine of its own: one that slept would stay behind where its context ends.
    executor::current()->after(before_another_pass, [this, handler = std::move(handler), channel, tag, of,
                                                     wanted = std::move(wanted),
                                                     request = std::move(request)]() mutable {
        spawn(make_pass(std::move(handler), channel, tag, of, std::move(wanted), std::move(request)));
    });
}

/// The queue is looked at first, by the channel that consumes it. What it had given to us before has come once the same
/// channel answers again; it is counted after that has been read.
task<std::optional<std::uint64_t>> receiver::on_the_way(std::string subscription)
{
    using answer = std::optional<std::uint64_t>;
    co_return co_await callback<answer>([this, &subscription](resumption<answer> done) {
        post([this, subscription, done] {
            auto of = std::find_if(streams_.begin(), streams_.end(),
                                   [&](const auto& s) { return s.second->route().subscription == subscription; });
            if (of == streams_.end() || !up() || !consuming_.contains(of->first))
                return done(std::nullopt);
            try {
                std::uint64_t waiting = at().messages_in(of->first, queue_of(subscription));
                at().messages_in(of->first, queue_of(subscription));
                post([this, s = of->second, waiting, seen = generation(), done] {
                    done(up() && seen == generation() ? answer{waiting + s->unsettled()} : std::nullopt);
                });
            } catch (const broken& e) {
                drop(e);
                done(std::nullopt);
            }
        });
    });
}

/// The queues' other consumers go on at once.
void receiver::stop()
{
    if (stopped_.exchange(true))
        return;
    {
        std::lock_guard told(hearing_); // who hears of a broadcast now may be gone after this
    }
    post([this] {
        if (!up())
            return;
        for (auto channel : consuming_)
            at().cancel(channel);
        consuming_.clear();
    });
}

void receiver::finish()
{
    post([this] { acknowledge(); });
    end();
}

} // namespace edm::bus_rabbitmq
