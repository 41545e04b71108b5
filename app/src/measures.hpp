#pragma once

#include <edm/delivery/delivery.hpp>
#include <edm/observability/metrics.hpp>
#include <edm/observability/process_metrics.hpp>
#include <edm/store/store.hpp>
#include <edm/web/server.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace edm::app {

/// What the parts of a process count by themselves, as metrics. Dies before the parts.
class measures
{
  public:
    using stores = std::map<std::string, std::unique_ptr<store>, std::less<>>;

    measures(observability::metrics& into, const declarations& declared, const edm::delivery& delivery, const bus& line,
             const stores& all, const web::server& server);

  private:
    void of_delivery(const edm::delivery& delivery);
    void of_subscriptions(const declarations& declared, const stores& all);
    void of_store(const std::string& service, const store& s);
    void of_server(const web::server& server);

    observability::metrics& into_;
    observability::process_metrics process_;
    std::vector<observability::registration> registrations_;
};

} // namespace edm::app
