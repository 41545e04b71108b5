#include "names.hpp"
#include "publisher.hpp"

#include <edm/observability/log.hpp>

#include <algorithm>

/// The publisher's care for what the broker holds, and for where its relays start.
namespace edm::bus_rabbitmq {

namespace log = observability::log;

void publisher::look_again()
{
    post([this] {
        established_ = false;
        if (up() && !establishing_)
            spawn(establish());
    });
}

task<> publisher::establish()
{
    if (establishing_)
        co_return; // it notices that the connection is another one, and begins again
    establishing_ = true;
    std::uint64_t begun;
    do {
        begun = generation();
        try {
            co_await ensure_topology();
            established_ = up() && begun == generation();
        } catch (const broken& e) {
            if (begun == generation() && up())
                drop(e);
        } catch (const contested& e) {
            tell(&publisher::away_, e.what());
            after(before_another_claim, [this] { look_again(); });
        } catch (const std::exception& e) { // a store is away: later
            tell(&publisher::away_, e.what());
            log::error("topology", {{"why", e.what()}});
            after(milliseconds{1000}, [this] { look_again(); });
        }
    } while (up() && begun != generation());
    establishing_ = false;
    if (!established_)
        co_return;
    works();
    tell(&publisher::away_, {});
    begin_relays();
    if (on_established)
        on_established();
}

namespace {

[[noreturn]] void gone()
{
    throw broken("the connection went while the topology was made sure of");
}

} // namespace

/// A queue that is there always had its baseline asked for: it is looked at passively, and one that is missing is
/// created only after the request for its baseline is confirmed.
task<> publisher::ensure_topology()
{
    claim_services();
    std::set<std::string> publishers;
    std::map<std::string, bool> was_there; // exchanges, by topic
    for (const auto& [service, where] : with_.stores)
        publishers.insert(service);
    for (const auto& route : declared_.subscriptions) {
        if (!route.publisher.empty())
            publishers.insert(route.publisher);
        was_there.emplace(route.topic, false);
    }
    for (const auto& service : publishers)
        at().declare_queue(looking, baseline_queue_of(service), false);
    at().declare_queue(looking, unreadable_queue, false);
    for (auto& [topic, there] : was_there) {
        there = at().exchange_exists(looking, exchange_of(topic));
        at().declare_exchange(looking, exchange_of(topic), true);
        exchanges_.insert(topic);
    }
    auto begun = generation();
    co_await look_for_lost_stores();
    if (!up() || begun != generation())
        gone();
    for (const auto& route : declared_.subscriptions) {
        co_await ensure_subscription(route, !was_there[route.topic]);
        if (!up() || begun != generation())
            gone();
        if (with_.stores.contains(route.service))
            co_await note_queue(route);
    }
    if (!up() || begun != generation())
        gone();
    co_await remember();
}

/// `rebound`: the exchange is a new one, so that a queue that is there may have missed events. A subscriber's store
/// that does not know of the queue may have lost what it had of it. Once a baseline is asked for, declaring is safe,
/// and says whether a queue that is there has other settings.
task<> publisher::ensure_subscription(const subscription_route& route, bool rebound)
{
    auto queue = queue_of(route.subscription);
    bool there = at().queue_exists(looking, queue);
    if (there) {
        at().bind(looking, queue, exchange_of(route.topic));
        auto subscriber = with_.stores.find(route.service);
        bool forgotten = subscriber != with_.stores.end() && !subscriber->second->noted("queue/" + route.subscription);
        if (!rebound && !forgotten && !rebase_.contains(route.subscription) && !renew_.contains(route.subscription))
            co_return;
    }
    // Of a topic of a foreign program nobody can be asked: a queue that was lost starts from now.
    if (!route.publisher.empty()) {
        auto begun = generation();
        auto how = co_await request_baseline({route.subscription}, with_.environment.id());
        if (!up() || begun != generation() || how == sent::lost)
            gone();
        if (how == sent::refused)
            throw std::runtime_error("RabbitMQ does not keep what is sent to the queue " +
                                     baseline_queue_of(route.publisher));
        log::info("baseline_asked_for", {{"subscription", route.subscription}});
    }
    at().declare_queue(looking, queue, true);
    at().bind(looking, queue, exchange_of(route.topic));
    renew_.erase(route.subscription);
    if (rebase_.erase(route.subscription) != 0)
        co_await fix_start(route);
}

/// The subscriber's store knows of its queue. The queues of the former names go: what they held comes as the baseline.
task<> publisher::note_queue(const subscription_route& route)
{
    store& subscriber = *with_.stores.at(route.service);
    for (const auto& former : route.formerly)
        at().delete_queue(looking, queue_of(former));
    stored<nothing> noted;
    if (!subscriber.noted("queue/" + route.subscription))
        noted = co_await subscriber.note_now("queue/" + route.subscription, 1);
    for (const auto& former : route.formerly)
        if (noted && subscriber.noted("queue/" + former))
            noted = co_await subscriber.note_now("queue/" + former, std::nullopt);
    if (!noted)
        throw std::runtime_error(route.subscription + ": its queue cannot be noted");
}

/// After the request, so that whoever finds these notes had its baseline asked for.
task<> publisher::fix_start(const subscription_route& route)
{
    store& subscriber = *with_.stores.at(route.service);
    store& from = *with_.stores.at(route.publisher);
    auto start = relay_of(route.publisher)->position.load();
    auto fixed = co_await subscriber.note_now("epoch/" + route.subscription, std::int64_t{from.epoch()});
    if (fixed)
        fixed = co_await subscriber.note_now("cursor/" + route.subscription, static_cast<std::int64_t>(start));
    if (!fixed)
        throw std::runtime_error(route.subscription + ": the store cannot fix the start of the subscription");
}

task<bool> publisher::ensure_queue(std::string subscription)
{
    const auto* route = route_of(subscription);
    if (!route)
        co_return false;
    co_return co_await callback<bool>([this, route](resumption<bool> done) {
        post([this, route, done] {
            bool sure = false;
            if (up()) {
                try {
                    if (!at().queue_exists(making, queue_of(route->subscription)))
                        at().declare_queue(making, queue_of(route->subscription), true);
                    at().bind(making, queue_of(route->subscription), exchange_of(route->topic));
                    sure = true;
                } catch (const broken& e) {
                    drop(e);
                }
            }
            done(sure);
        });
    });
}

task<bool> publisher::remove_queue(std::string subscription)
{
    co_return co_await callback<bool>([this, &subscription](resumption<bool> done) {
        post([this, subscription, done] {
            bool gone = false;
            if (up()) {
                try {
                    at().delete_queue(making, queue_of(subscription));
                    gone = true;
                } catch (const broken& e) {
                    drop(e);
                }
            }
            done(gone);
        });
    });
}

/// Where the relays go on, and what the subscriptions that run here have settled.
task<> publisher::find_starts()
{
    for (auto& [service, r] : relays_) {
        // 1: as versions noted it that knew no epochs here.
        auto noted = r->log->noted(relayed_note);
        r->remembers = noted == 1 || noted == std::int64_t{r->log->epoch()};
        co_await find_start(*r);
    }
    for (const auto& route : declared_.subscriptions)
        if (with_.stores.contains(route.publisher) && with_.stores.contains(route.service) &&
            with_.stores.at(route.publisher)->positions_last())
            co_await find_cursor(route);
    for (auto& [service, r] : relays_)
        positions_.relayed(service, r->position.load());
}

/// At its noted position. A log that was never relayed is relayed from the slowest reader of the embedded engine on;
/// where there was none, from its end: what lies before comes as the baseline of each new queue.
task<> publisher::find_start(relay& r)
{
    if (!r.log->positions_last())
        co_return; // all that it lists is to be sent
    auto noted = r.log->noted("relay");
    auto tail = r.log->tail();
    std::uint64_t start = noted ? static_cast<std::uint64_t>(*noted) : tail;
    if (!noted) {
        for (const auto& route : declared_.subscriptions)
            if (auto reader = r.log->noted("reader/" + route.subscription); reader && route.publisher == r.service)
                start = std::min(start, static_cast<std::uint64_t>(*reader));
    }
    start = std::min(start, tail);
    if (noted != static_cast<std::int64_t>(start)) {
        auto fixed = co_await r.log->note_now("relay", static_cast<std::int64_t>(start));
        if (!fixed)
            throw std::runtime_error(r.service + ": the start of the relay cannot be stored");
    }
    r.position.store(start);
    r.read = start;
}

task<> publisher::find_cursor(const subscription_route& route)
{
    store& publisher = *with_.stores.at(route.publisher);
    store& subscriber = *with_.stores.at(route.service);
    const auto& name = route.subscription;
    const auto relayed = relay_of(route.publisher)->position.load();
    auto cursor = subscriber.noted("cursor/" + name);
    auto epoch = subscriber.noted("epoch/" + name);
    bool known =
        cursor && epoch == std::int64_t{publisher.epoch()} && static_cast<std::uint64_t>(*cursor) <= publisher.tail();
    auto start = known ? std::min(static_cast<std::uint64_t>(*cursor), relayed) : relayed;
    if (!known)
        rebase_.insert(name); // a queue that is there had its baseline asked for in another life of one of the stores
    positions_.add(route, publisher, subscriber, start);
    // What was relayed and not settled, so that the cursor passes what is of other topics only when it may.
    for (auto from = start; from < relayed;) {
        auto batch = co_await publisher.pending(from, 500);
        if (!batch)
            throw std::runtime_error(route.publisher + ": the log cannot be read");
        if (batch->empty())
            break;
        for (const auto& one : *batch) {
            from = one.position;
            if (from <= relayed && one.event->topic == route.topic)
                positions_.published(route.topic, from);
        }
    }
}

} // namespace edm::bus_rabbitmq
