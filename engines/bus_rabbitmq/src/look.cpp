#include "connection.hpp"
#include "names.hpp"

namespace edm::bus_rabbitmq {

seen_broker look(const std::string& urls, const std::string& authorities, const std::vector<std::string>& subscriptions)
{
    constexpr amqp_channel_t channel = 1;
    seen_broker out;
    auto servers = parse_servers(urls);
    if (!servers) {
        out.trouble = servers.error();
        return out;
    }
    for (const auto& one : *servers) {
        try {
            connection to{one, options{.authorities = authorities}};
            out.trouble.reset();
            out.server = one.shown();
            to.open_channel(channel);
            for (const auto& name : subscriptions)
                if (auto queue = to.state_of(channel, queue_of(name)))
                    out.queues.push_back({name, queue->messages, queue->consumers});
            return out;
        } catch (const broken& e) {
            if (!out.trouble || e.refused())
                out.trouble = e.what();
        }
    }
    return out;
}

} // namespace edm::bus_rabbitmq
