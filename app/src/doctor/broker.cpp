#include "findings.hpp"
#include "program.hpp"

#include <edm/bus_rabbitmq/bus_rabbitmq.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace edm::app {

void check_broker(findings& to, const program& declared)
{
    constexpr std::string_view subject = "RabbitMQ";
    if (*declared.platform.bus != "rabbitmq")
        return;
    std::vector<std::string> names;
    for (const auto& one : declared.model.subscriptions)
        names.push_back(one.name);
    auto seen = bus_rabbitmq::look(*declared.platform.rabbitmq_url, *declared.platform.rabbitmq_authorities, names);
    if (seen.trouble) {
        to.fail(subject, fmt::format("{}; start it, or set EDM_RABBITMQ_URL. Events wait in the log", *seen.trouble));
        return;
    }
    to.ok(subject, fmt::format("{} lets us log in", seen.server));
    // Where nothing runs at all, that is said by itself.
    bool somebody = std::ranges::any_of(seen.queues, [](const auto& queue) { return queue.consumers != 0; });
    for (const auto& one : declared.model.subscriptions) {
        auto queue = std::ranges::find(seen.queues, one.name, &bus_rabbitmq::seen_broker::queue::subscription);
        auto consumers = queue == seen.queues.end() ? 0 : queue->consumers;
        auto events = queue == seen.queues.end() ? 0 : queue->events;
        if (consumers == 0 && (somebody || events != 0))
            to.warn(subject,
                    fmt::format("nobody runs {}: {} events wait for it; start a process with {} in EDM_SERVICES",
                                one.name, events, one.service));
    }
}

} // namespace edm::app
