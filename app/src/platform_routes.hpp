#pragma once

#include <edm/delivery/delivery.hpp>
#include <edm/gateway/router.hpp>
#include <edm/service/resources.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <string>

namespace edm::app {

struct platform_parts
{
    edm::delivery* delivery;
    observability::metrics* metrics;
    const std::map<std::string, std::unique_ptr<store>, std::less<>>* stores;
    mailer* mail;
    const std::atomic<bool>* ready;
    bool development;
};

/// Health, metrics, the trail of a key, the audit, and in development the mailbox's list.
void add_platform_routes(gateway::router& to, platform_parts p);

} // namespace edm::app
