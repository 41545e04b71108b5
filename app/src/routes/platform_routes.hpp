#pragma once

#include <edm/delivery/delivery.hpp>
#include <edm/gateway/router.hpp>
#include <edm/observability/metrics.hpp>
#include <edm/service/resources.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace edm::app {

class program;

/// What the platform's routes show and use. All of it outlives the router.
struct platform_parts
{
    const app::program* declared;
    edm::delivery* delivery;
    const edm::bus* bus;
    observability::metrics* metrics;
    const std::map<std::string, std::unique_ptr<store>, std::less<>>* stores;
    const std::set<std::string, std::less<>>* runs_here;
    mailer* mail;
    const std::atomic<bool>* ready;
    const std::atomic<std::uint16_t>* port; ///< where HTTP is served; 0: nowhere
};

/// `/livez`, `/readyz`, `/metrics`.
void add_health_routes(gateway::router& to, const platform_parts& p);
/// The files inside the binary, `/openapi.json`, `/asyncapi.json`, and `/` where no storefront is compiled in.
void add_document_routes(gateway::router& to, const platform_parts& p);
/// `/mailbox` and its mails, where mails go there and this is no production.
void add_mailbox_routes(gateway::router& to, const platform_parts& p);
/// `/events` and `/operator/…`, for administrators.
void add_operator_routes(gateway::router& to, const platform_parts& p);

/// `/operator/audit/…`: the ends of subscriptions that this process has, for `edm audit --at`.
void add_audit_routes(gateway::router& to, const platform_parts& p);

/// Everything that no service declares.
void add_platform_routes(gateway::router& to, const platform_parts& p);

} // namespace edm::app
