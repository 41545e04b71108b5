#include "impl.hpp"
#include "subscriber.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace edm {

/// Sends one baseline event per document of the topic's publisher to one subscription, in pages by id. The pass may be
/// made again, or twice at once: marks make the repeats harmless.
task<> delivery::impl::make_baseline(baseline_request wanted)
{
    constexpr std::size_t page_size = 200;
    const auto& subscription = wanted.subscription;
    const auto* to = parts_.declared->subscription(subscription);
    const auto* topic = to ? parts_.declared->topic(to->topic) : nullptr;
    if (!topic)
        co_return;
    auto& publisher = state(topic->service);
    if (!topic->event_of && !to->from_now)
        spdlog::warn("{}: topic {} declares no present event, so what was before is not delivered", subscription,
                     topic->name);
    working on_it(*this);
    std::string after;
    std::size_t sent = 0;
    for (;;) {
        auto page = co_await publisher.store->scan(topic->db, after, page_size);
        if (!page)
            throw std::runtime_error("the publisher's store is away");
        std::vector<event_ptr> events;
        for (auto& one : *page) {
            after = one.id;
            auto place = one.document.envelope.counter(topic->name);
            if (place.counter == 0)
                continue;                                                  // this document never published on the topic
            place.epoch = std::max(place.epoch, publisher.store->epoch()); // its next event comes in the present epoch
            std::optional<std::string> data;
            if (topic->event_of)
                data = topic->event_of(one.document);
            event e{.id = parts_.environment.id(),
                    .source = fmt::format("/edm/{}/{}/{}", publisher.name, topic->name, percent_encode(one.id)),
                    .type = topic->event_type,
                    .subject = one.id,
                    .sequence = place,
                    .baseline = true,
                    .rebuild = wanted.rebuild,
                    .time = to_rfc3339(parts_.environment.now()),
                    .traceparent = {},
                    .data = data.value_or("")};
            events.push_back(
                std::make_shared<recorded_event>(recorded_event{topic->name, one.id, place, true, encode_event(e)}));
        }
        sent += events.size();
        co_await parts_.bus->send_to(subscription, std::move(events));
        if (page->size() < page_size)
            break;
    }
    if (sent != 0)
        spdlog::info("{}: started complete with {} baseline events of {}", subscription, sent, topic->name);
}

/// A subscription that was renamed goes on where it stood: with the marks, the parked events and the notes (its cursor
/// above all) of its former names. Whatever of it a death left undone is done at the next start.
task<> delivery::impl::take_over_names(service_state& s, const subscription_declaration& to)
{
    if (to.formerly.empty())
        co_return;
    for (const auto& former : to.formerly)
        if (parts_.declared->subscription(former))
            throw std::runtime_error(to.name + " was formerly " + former + ", which is declared still");
    auto done = co_await s.store->adopt(to.name, to.formerly);
    for (const auto& former : to.formerly)
        for (const auto* kind : {"epoch/", "baseline/", "rebuild/", "clean/", "cursor/"}) {
            auto old = s.store->noted(kind + former);
            if (done && old && !s.store->noted(kind + to.name))
                done = co_await s.store->note_now(kind + to.name, old);
            if (done && old)
                done = co_await s.store->note_now(kind + former, std::nullopt);
        }
    if (!done)
        throw std::runtime_error(to.name + ": what is stored under its former names cannot be taken over");
}

/// A pass whose events apply at their marks too, at whichever process they come to. The note says so until it is
/// complete, should the process end before.
task<result<nothing>> delivery::impl::rebuild(subscriber& to)
{
    const auto name = to.declared().name;
    const auto note = "rebuild/" + name;
    store& at = *to.service().store;
    auto noted = co_await at.note_now(note, 1);
    if (!noted)
        co_return fail(store_error(noted.error()));
    result<nothing> outcome;
    try {
        co_await parts_.bus->ask_baseline({.subscription = name, .rebuild = true});
    } catch (const std::exception& e) {
        outcome = fail(errors::store_away, e.what());
    }
    auto cleared = co_await at.note_now(note, std::nullopt);
    if (!cleared && outcome)
        outcome = fail(store_error(cleared.error()));
    co_return outcome;
}

namespace {

task<> rebuild_again(delivery::impl& d, subscriber& to)
{
    auto done = co_await d.rebuild(to);
    if (!done)
        spdlog::error("{}: a rebuild that was interrupted failed: {}", to.declared().name, done.error().text());
}

} // namespace

/// A rebuild that the end of a process interrupted is made again, from its begin.
void delivery::impl::go_on_rebuilding(subscriber& to)
{
    if (to.service().store->noted("rebuild/" + to.declared().name))
        spawn(rebuild_again(*this, to));
}

} // namespace edm
