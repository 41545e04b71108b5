#include "names.hpp"
#include "publisher.hpp"

#include <edm/observability/log.hpp>

#include <fmt/format.h>

/// A service whose store belongs to one process runs in that process alone: a second one, on a store of its own, would
/// take a part of the events, and each would have a part of the data. An exclusive queue for each service says who it
/// is. The broker keeps the queue of a process that vanished until it misses its heartbeat, so who finds it taken waits
/// for longer than that; one that had it before goes on meanwhile.
namespace edm::bus_rabbitmq {

namespace log = observability::log;

namespace {

std::string line_of(const std::string& service)
{
    return fmt::format("EDM_SERVICES: another process runs {} on a store of its own (the broker keeps {} for it); "
                       "stop one of them, or let them share a database with EDM_STORE=couchdb",
                       service, owner_queue_of(service));
}

} // namespace

/// In the order of the names, so that of two processes that start at once one gets all.
bool publisher::claim(std::string& held_elsewhere)
{
    for (const auto& [service, where] : with_.stores)
        if (!at().declare_exclusive_queue(looking, owner_queue_of(service))) {
            held_elsewhere = service;
            return false;
        }
    contested_.reset();
    owned_ = true;
    return true;
}

/// Whether the other connection may be one that this process, or the one before it, had.
bool publisher::is_our_own_past()
{
    auto now = std::chrono::steady_clock::now();
    if (!contested_)
        contested_ = now;
    return now - *contested_ < std::chrono::seconds{4 * with_.heartbeat_seconds};
}

/// Throws `contested` while it is to be tried again, and `broken` when it is certain that another process runs.
void publisher::claim_services()
{
    std::string service;
    if (!with_.sole_owner || claim(service))
        return;
    bool first = !contested_;
    if (!is_our_own_past()) {
        owned_ = false;
        throw broken(line_of(service), AMQP_RESOURCE_LOCKED);
    }
    if (first)
        log::warning("service_is_taken",
                     {{"service", service}, {"then", "tried again until the broker misses a peer"}});
    if (!owned_)
        throw contested(line_of(service));
    if (!std::exchange(claims_again_, true))
        after(before_another_claim, [this] {
            claims_again_ = false;
            try {
                if (up() && contested_) // a new connection claims by itself
                    claim_services();
            } catch (const contested&) { // the topology, which is made sure of meanwhile, claims again
            }
        });
}

} // namespace edm::bus_rabbitmq
