#include "findings.hpp"
#include "program.hpp"

#include <edm/bus_rabbitmq/bus_rabbitmq.hpp>

#include <fmt/format.h>

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
    for (const auto& queue : seen.queues) {
        const auto& service = declared.model.subscription(queue.subscription)->service;
        if (queue.consumers != 0 || queue.events == 0)
            continue;
        to.warn(subject, fmt::format("nobody runs {}: {} events wait for it; start a process with {} in EDM_SERVICES",
                                     queue.subscription, queue.events, service));
    }
}

} // namespace edm::app
