#include "placement.hpp"

#include "program.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace edm::app {

namespace {

/// The services that other processes are expected to run; the simulator is an outside party.
std::vector<std::string_view> elsewhere(const program& declared)
{
    auto here = declared.runs_here();
    std::vector<std::string_view> out;
    for (const auto& s : declared.services)
        if (s->name() != simulator && !here.contains(s->name()))
            out.push_back(s->name());
    return out;
}

} // namespace

void check_placement(const program& declared)
{
    const auto& platform = declared.platform;
    if (*platform.bus != "embedded")
        return;
    if (*platform.store == "couchdb")
        throw usage_error("EDM_BUS=embedded does not go with EDM_STORE=couchdb, whose documents other processes may "
                          "change; set EDM_BUS=rabbitmq");
    auto here = declared.runs_here();
    for (const auto& to : declared.model.subscriptions) {
        const auto* topic = declared.model.topic(to.topic);
        if (topic && topic->external && here.contains(to.service))
            throw usage_error(
                fmt::format("EDM_BUS=embedded: {} subscribes to {}, which a foreign program publishes; set "
                            "EDM_BUS=rabbitmq",
                            to.name, to.topic));
        if (!topic || topic->external || here.contains(topic->service) == here.contains(to.service))
            continue;
        const auto& missing = here.contains(topic->service) ? to.service : topic->service;
        throw usage_error(fmt::format("EDM_SERVICES: with EDM_BUS=embedded {} must run in this process too, because {} "
                                      "subscribes to {} of {}; add it, or set EDM_BUS=rabbitmq",
                                      missing, to.name, to.topic, topic->service));
    }
}

std::vector<std::string> placement_warnings(const program& declared)
{
    auto others = elsewhere(declared);
    if (others.empty())
        return {};
    std::vector<std::string> out, generated;
    for (const auto& one : declared.settings.effective_values())
        if (one.origin == "generated" && one.name != "APP_ADM_PASSWORD")
            generated.push_back(one.name);
    if (!generated.empty())
        out.push_back(fmt::format("EDM_SERVICES leaves {} to other processes, and {} would be of this process alone: "
                                  "give every process the same.",
                                  fmt::join(others, ", "), fmt::join(generated, ", ")));
    if (!declared.platform.public_url.is_set())
        out.push_back(fmt::format("EDM_SERVICES leaves {} to other processes, and EDM_PUBLIC_URL is not set: links and "
                                  "webhooks will go to {}, past the proxy.",
                                  fmt::join(others, ", "), declared.platform.public_base_url()));
    return out;
}

} // namespace edm::app
