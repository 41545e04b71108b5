#pragma once

#include "child.hpp"
#include "crowd.hpp"
#include "servers.hpp"
#include "usage.hpp"

#include <edm/security/jwt.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace edm::measure {

/// What is compared: which engines, and how many processes.
struct placement
{
    std::string_view id;    ///< as `--only` takes it
    std::string_view title; ///< for people
    std::string_view store, bus;
    bool split; ///< a process per service, else one for all
};

/// Where things are, for all placements of a run.
struct surroundings
{
    std::string program;               ///< the path of edm
    std::vector<std::string> services; ///< all that it declares
    std::string proxy;                 ///< the path of nginx; empty: clients know who answers what
};

/// The program as a placement has it: its processes, each with a data directory of its own, behind one address where
/// there are several and nginx is at hand.
class deployment
{
  public:
    deployment(const placement& what, const surroundings& in, std::filesystem::path directory,
               std::map<std::string, std::string> settings);
    ~deployment();

    /// Starts all processes at once; returns the milliseconds until the last of them is ready.
    double start();
    void stop();

    /// The shop as clients see it; not beyond the life of this.
    visited as_seen() const;
    bool behind_proxy() const { return proxy_port_ != 0; }
    std::uint16_t port_of(std::string_view service) const;
    /// The address of a service itself, past any proxy.
    std::uint16_t port_behind(std::string_view service) const;
    std::vector<pid_t> programs() const;
    std::vector<pid_t> proxies() const;
    /// Every metric of the program's, summed over its series and the processes.
    std::map<std::string, double> metrics() const;
    /// Events behind and lost, by the processes' own audit, once nothing is behind or after some seconds. Nothing where
    /// it cannot be told.
    struct audited
    {
        double behind = 0, lost = 0;
    };
    std::optional<audited> audit() const;

  private:
    struct part
    {
        std::vector<std::string> services;
        std::uint16_t port;
        std::filesystem::path data;
        std::unique_ptr<child> running;
    };
    void start_proxy();
    std::string run(std::vector<std::string> words) const;
    std::map<std::string, std::string> environment_of(const part& p) const;

    placement what_;
    surroundings in_;
    std::filesystem::path directory_;
    std::map<std::string, std::string> settings_;
    std::vector<part> parts_;
    std::uint16_t proxy_port_ = 0;
    std::unique_ptr<child> proxy_;
    std::unique_ptr<security::token_signer> signer_;
    std::string card_;
};

} // namespace edm::measure
