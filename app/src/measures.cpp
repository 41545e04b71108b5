#include "measures.hpp"

#include "program.hpp"

#include <algorithm>

namespace edm::app {

measures::measures(observability::metrics& into, const declarations& declared, const edm::delivery& delivery,
                   const bus& line, const stores& all, const web::server& server)
    : into_(into), process_(into, version())
{
    of_delivery(delivery);
    of_subscriptions(declared, all);
    for (const auto& [service, s] : all)
        of_store(service, *s);
    of_server(server);
    registrations_.push_back(into_.gauge_from("edm_bus_up", "1 where nothing is in the way of events.", {},
                                              [&line] { return line.trouble() ? 0.0 : 1.0; }));
}

void measures::of_delivery(const edm::delivery& delivery)
{
    using statistics = edm::delivery::statistics;
    auto count = [&](std::string_view name, std::string_view help, const observability::labels& of,
                     std::uint64_t statistics::* member) {
        registrations_.push_back(into_.counter_from(
            name, help, of, [&delivery, member] { return static_cast<double>(delivery.counted().*member); }));
    };
    constexpr std::string_view handled = "edm_events_handled_total";
    constexpr std::string_view handled_help = "Outcomes of delivered events, of all subscriptions.";
    count(handled, handled_help, {{"outcome", "applied"}}, &statistics::applied);
    count(handled, handled_help, {{"outcome", "duplicate"}}, &statistics::duplicates);
    count(handled, handled_help, {{"outcome", "parked"}}, &statistics::parked);
    count("edm_events_retried_total", "Parked events that were tried again.", {}, &statistics::retried);
    count("edm_events_dead_total", "Events that became dead letters.", {}, &statistics::dead);
    count("edm_commit_conflicts_total", "Commits that were decided again over a newer document.", {},
          &statistics::conflicts);
    count("edm_due_work_done_total", "Effects outside the store that were done.", {}, &statistics::due_done);
    count("edm_due_work_exhausted_total", "Effects outside the store that were given up.", {},
          &statistics::due_exhausted);
}

void measures::of_subscriptions(const declarations& declared, const stores& all)
{
    for (const auto& to : declared.subscriptions) {
        const auto* topic = declared.topic(to.topic);
        auto from = all.find(topic->service), at = all.find(to.service);
        if (from == all.end() || at == all.end() || !from->second->positions_last())
            continue;
        auto lag = [&log = *from->second, &own = *at->second, cursor = "cursor/" + to.name] {
            auto passed = own.noted(cursor).value_or(0);
            return static_cast<double>(std::max<std::int64_t>(static_cast<std::int64_t>(log.tail()) - passed, 0));
        };
        registrations_.push_back(into_.gauge_from("edm_subscription_lag_events",
                                                  "Events of the publisher's log that a subscription has not passed.",
                                                  {{"subscription", to.name}, {"topic", to.topic}}, lag));
    }
}

void measures::of_store(const std::string& service, const store& s)
{
    auto count = [&](std::string_view name, std::string_view help, std::uint64_t store::counts::* member) {
        registrations_.push_back(into_.counter_from(name, help, {{"service", service}},
                                                    [&s, member] { return static_cast<double>(s.counted().*member); }));
    };
    count("edm_store_commits_total", "Commits that are on disk.", &store::counts::commits);
    count("edm_store_syncs_total", "Times that a log was made durable.", &store::counts::syncs);
    count("edm_events_published_total", "Events that commits caused.", &store::counts::events);
    registrations_.push_back(into_.gauge_from("edm_store_up", "1 where the store can be read and written.",
                                              {{"service", service}}, [&s] { return s.trouble() ? 0.0 : 1.0; }));
    registrations_.push_back(into_.gauge_from("edm_store_short_of_room",
                                              "1 where so little room is left that what would publish is refused.",
                                              {{"service", service}}, [&s] { return s.short_of_room() ? 1.0 : 0.0; }));
}

void measures::of_server(const web::server& server)
{
    using counts = web::server_counts;
    auto gauge = [&](std::string_view name, std::string_view help, std::uint64_t counts::* member) {
        registrations_.push_back(into_.gauge_from(
            name, help, {}, [&server, member] { return static_cast<double>(server.counts().*member); }));
    };
    auto count = [&](std::string_view name, std::string_view help, std::uint64_t counts::* member) {
        registrations_.push_back(into_.counter_from(
            name, help, {}, [&server, member] { return static_cast<double>(server.counts().*member); }));
    };
    gauge("edm_http_connections", "Connections that are open.", &counts::connections);
    gauge("edm_sse_clients", "Streams of server-sent events that are open.", &counts::streams);
    gauge("edm_http_requests_in_flight", "Requests that are being answered.", &counts::in_flight);
    count("edm_http_connections_accepted_total", "Connections that were accepted.", &counts::accepted);
    count("edm_http_refused_total", "Requests and connections that were refused before any route was asked.",
          &counts::refused);
}

} // namespace edm::app
