#pragma once

#include "data_directory.hpp"
#include "program.hpp"

#include <edm/delivery/delivery.hpp>
#include <edm/gateway/router.hpp>
#include <edm/observability/metrics.hpp>
#include <edm/web/contexts.hpp>
#include <edm/web/server.hpp>

#include <atomic>
#include <memory>
#include <string>

namespace edm::app {

class measures;

/// A running process: from an open data directory to the last drained event.
class process
{
  public:
    enum class reach
    {
        everyone,    ///< `EDM_LISTEN` and the control socket
        control_only ///< the control socket alone, for the time of a command: nothing is told, only warnings are logged
    };

    process();
    ~process();

    /// Reads the settings, opens everything and serves. Throws usage_error (or std::runtime_error) with one line.
    void start(reach by = reach::everyone);
    /// Not ready any more; stops accepting, finishes what runs, ends streams, closes the stores.
    void stop();

    /// 0 where nothing listens.
    std::uint16_t port() const { return port_.load(); }
    const program& declared() const { return program_; }
    edm::delivery& delivery() { return *delivery_; }
    web::contexts& contexts() { return *contexts_; }

  private:
    void load_settings(reach by);
    void make_resources();
    std::unique_ptr<store_engine> make_store_engine();
    void open_stores();
    void begin_delivery();
    void serve(reach by);
    void tell(reach by);

    struct tools;
    program program_;
    std::set<std::string, std::less<>> here_;
    std::unique_ptr<data_directory> directory_;
    std::unique_ptr<web::contexts> contexts_;
    std::unique_ptr<observability::metrics> metrics_;
    std::unique_ptr<tools> tools_;
    std::map<std::string, std::unique_ptr<store>, std::less<>> stores_;
    std::unique_ptr<bus> bus_;
    std::unique_ptr<edm::delivery> delivery_;
    std::unique_ptr<gateway::router> router_;
    std::unique_ptr<web::server> server_;
    std::unique_ptr<measures> measures_;
    std::atomic<std::uint16_t> port_{0};
    std::atomic<bool> ready_{false};
    bool started_ = false;
    bool sole_owner_ = true; ///< of the documents that it opened
};

} // namespace edm::app
