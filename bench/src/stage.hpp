#pragma once

#include <edm/delivery/delivery.hpp>
#include <edm/gateway/router.hpp>
#include <edm/observability/metrics.hpp>
#include <edm/security/jwt.hpp>
#include <edm/service/service.hpp>
#include <edm/web/contexts.hpp>
#include <edm/web/server.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace edm::bench {

/// Runs a coroutine to its end on a context, from a thread that is none.
void run_on(executor& where, task<> work);

/// A few services on the platform as the program composes it: sqlite + embedded, a context per core, the web server
/// with its defaults, metrics and traces.
class stage
{
  public:
    stage(std::vector<std::unique_ptr<service>> services, const std::filesystem::path& data);
    ~stage();

    edm::delivery& delivery() { return *delivery_; }
    store& store_of(std::string_view service) { return delivery_->store_of(service); }
    web::contexts& contexts() { return contexts_; }
    void run(task<> work) { run_on(contexts_.at(0), std::move(work)); }
    void drain() { run(delivery_->drained()); }
    /// Listens on loopback; returns the port.
    std::uint16_t serve();
    /// A token of this stage's own key, as a login would give it.
    std::string token(std::string user_id) const;

  private:
    edm::resources resources_;
    config::settings settings_;
    edm::model model_;
    security::token_signer tokens_;
    observability::metrics metrics_;
    std::vector<std::unique_ptr<service>> services_;
    std::map<std::string, std::unique_ptr<store>, std::less<>> stores_;
    web::contexts contexts_;
    std::unique_ptr<bus> bus_;
    std::unique_ptr<edm::delivery> delivery_;
    std::unique_ptr<gateway::router> router_;
    std::unique_ptr<web::server> server_;
};

/// A token for access as a login issues it.
std::string access_token(const security::token_signer& by, std::string user_id, bool administrator = false);

} // namespace edm::bench
