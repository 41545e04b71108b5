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

/// A running process: from an open data directory to the last drained event.
class process
{
  public:
    process();
    ~process();

    /// Reads the settings, opens everything and serves. Throws usage_error (or std::runtime_error) with one line.
    void start();
    /// Not ready any more; stops accepting, finishes what runs, ends streams, closes the stores.
    void stop();

    std::uint16_t port() const;
    const program& declared() const { return program_; }
    edm::delivery& delivery() { return *delivery_; }
    web::contexts& contexts() { return *contexts_; }

  private:
    void load_settings();
    void make_resources();
    void open_stores();
    void begin_delivery();
    void serve();
    void tell_first_start() const;

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
    std::atomic<bool> ready_{false};
    bool started_ = false;
};

} // namespace edm::app
