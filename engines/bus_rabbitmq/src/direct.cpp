#include "names.hpp"
#include "publisher.hpp"

#include <algorithm>

/// What the publisher sends beside the logs: to single queues, and broadcasts.
namespace edm::bus_rabbitmq {

namespace {

constexpr std::size_t most_broadcasts = 1000;

} // namespace

/// `done` runs on this thread, after the frame that decided it has been dealt with.
void publisher::publish_direct(const direct_message& m, outcome done)
{
    auto later = [this, done = std::move(done)](sent how) { post([done, how] { done(how); }); };
    if (!up())
        return later(sent::lost);
    auto tag = next_tag_++;
    unconfirmed_.emplace(tag, waiting{.message_id = m.message_id, .done = later});
    at().publish(confirming, {}, m.queue, true, m.body,
                 {.content_type = m.content_type, .message_id = m.message_id, .log_position = m.log_position});
}

task<sent> publisher::send(direct_message m)
{
    std::vector<direct_message> one;
    one.push_back(std::move(m));
    return send_all(std::move(one));
}

task<sent> publisher::send_all(std::vector<direct_message> messages)
{
    if (messages.empty())
        co_return sent::confirmed;
    co_return co_await callback<sent>([this, &messages](resumption<sent> resume) {
        struct counter
        {
            std::size_t left;
            sent worst = sent::confirmed;
        };
        auto count = std::make_shared<counter>(messages.size());
        outcome one = [count, resume](sent how) {
            count->worst = std::max(count->worst, how);
            if (--count->left == 0)
                resume(count->worst);
        };
        post([this, &messages, one] {
            for (const auto& m : messages) {
                try {
                    publish_direct(m, one);
                } catch (const broken& e) {
                    drop(e); // which decides those that were handed over; the others find nobody up
                }
            }
        });
    });
}

task<sent> publisher::request_baseline(baseline_request wanted, std::string request)
{
    const auto& subscription = wanted.subscription;
    const auto* route = route_of(subscription);
    if (!route)
        throw std::invalid_argument("no such subscription: " + subscription);
    if (route->publisher.empty())
        throw std::runtime_error(subscription + ": a foreign program publishes " + route->topic +
                                 "; nobody can be asked for a baseline");
    auto here = with_.stores.find(route->service);
    if (here != with_.stores.end()) {
        auto noted = co_await here->second->note_now("baseline/" + subscription, 1);
        if (!noted)
            throw std::runtime_error(subscription + ": the request for a baseline cannot be stored");
    }
    co_return co_await send({.queue = baseline_queue_of(route->publisher),
                             .content_type = std::string{wanted.rebuild ? rebuild_request : "text/plain"},
                             .message_id = std::move(request),
                             .body = subscription});
}

task<std::optional<std::uint32_t>> publisher::makers_of_baselines(std::string service)
{
    using answer = std::optional<std::uint32_t>;
    co_return co_await callback<answer>([this, &service](resumption<answer> done) {
        post([this, service, done] {
            answer makers;
            if (up()) {
                try {
                    auto seen = at().state_of(making, baseline_queue_of(service));
                    makers = seen ? seen->consumers : 0;
                } catch (const broken& e) {
                    drop(e);
                }
            }
            done(makers);
        });
    });
}

void publisher::broadcast(std::string message, std::string from, std::string_view content_type)
{
    if (broadcasts_.fetch_add(1) >= most_broadcasts) { // it may be lost; memory may not grow
        broadcasts_.fetch_sub(1);
        return;
    }
    post([this, message = std::move(message), from = std::move(from), content_type] {
        broadcasts_.fetch_sub(1);
        if (up() && !blocks_) // a broker that takes nothing would hold up this thread
            at().publish(transient, broadcast_exchange, {}, false, message,
                         {.content_type = content_type, .app_id = from, .persistent = false});
    });
}

} // namespace edm::bus_rabbitmq
