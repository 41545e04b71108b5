#pragma once

#include "crowd.hpp"
#include "deployment.hpp"

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace edm::measure {

/// How much is done. The same for every placement.
struct workload
{
    std::uint64_t seed = 1;
    double seconds = 5; ///< of each closed loop; the open loop takes twice as long
    mix rates{.lists = 40, .looks = 40, .sign_ups = 2, .purchases = 10};
    std::size_t buyers = 200;
    std::size_t recipes = 200; ///< beside the starter catalogue
    std::size_t buying = 64;   ///< purchases under way in the closed loop
    std::size_t signing_up = 8;
    std::size_t reading = 32; ///< connections that read the list
    std::size_t one_by_one = 50;
    std::size_t restarts = 5;
};

struct latency
{
    std::size_t count = 0;
    double p50 = 0, p95 = 0, p99 = 0; ///< milliseconds
};
latency latency_of(std::vector<double> milliseconds);

/// Who uses what.
enum class role
{
    program,
    proxy,
    broker,
    database
};
inline constexpr std::size_t role_count = 4;
std::string_view name_of(role r);
/// A number of each. None: it takes no part, or nobody's could be had. NaN: its own could not, nor can the sum.
struct by_role
{
    std::array<std::optional<double>, role_count> of{};
    std::optional<double>& operator[](role r) { return of[static_cast<std::size_t>(r)]; }
    const std::optional<double>& operator[](role r) const { return of[static_cast<std::size_t>(r)]; }
    double sum() const;
};

/// What a purchase costs, on average.
struct per_purchase
{
    double commits = 0, events = 0, handled = 0; ///< the program's own count
    double store_syncs = 0;                      ///< the program's own count; 0 where its store is a server
    by_role syncs;                               ///< counted from outside
    by_role cpu_ms;
    double bytes = 0;        ///< over the loopback interface, headers and clients included
    double client_bytes = 0; ///< of these between the clients and the shop, without headers
};

struct outcome
{
    placement what;
    bool through_proxy = false;
    std::size_t processes = 0; ///< of the program
    double first_start_ms = 0; ///< nothing there yet: databases, queues and the starter catalogue are made
    double start_ms = 0;       ///< median of the later ones
    std::array<latency, step_count> open_loop;
    std::array<latency, step_count> alone; ///< purchases one by one, nothing else going on
    std::size_t refused = 0;
    std::string refusal;
    double purchases_per_second = 0, lists_per_second = 0, sign_ups_per_second = 0;
    by_role idle_mib, loaded_mib;                     ///< proportional, before any load and behind all of it
    double idle_resident = 0, loaded_resident = 0;    ///< MiB, with what processes share counted in each
    per_purchase busy, single;                        ///< many at a time; one by one
    std::optional<latency> look_direct, look_proxied; ///< one connection, with and without the proxy in between
    std::optional<deployment::audited> audit;

    /// Milliseconds that an event takes from its commit to a subscriber's effect, by the medians of the open loop: a
    /// notification of a request beside the answer to the same request; a mail beside the answer to its sign-up.
    double hop_to_notification() const;
    double hop_to_mail() const;
};

/// Runs the workload on one placement. `say` gets a line now and then. Throws std::runtime_error where it cannot be
/// run.
class study
{
  public:
    study(const placement& what, const surroundings& in, const std::filesystem::path& directory,
          std::map<std::string, std::string> settings, const server* broker, const server* database,
          const workload& work, std::function<void(const std::string&)> say);
    outcome run();

  private:
    void fill();
    void measure_starts();
    void measure_latency(crowd& users);
    void measure_throughput(crowd& users);
    void measure_single(crowd& users);
    void measure_proxy();
    by_role memory(double& resident) const;
    /// Whether it has processes of this kind, be they seen or not.
    bool takes_part(role r) const;
    void rest() const;
    void refused_in(const tally& seen);
    std::vector<pid_t> processes_of(role r) const;

    class meter;
    const workload& work_;
    std::filesystem::path directory_;
    deployment shop_;
    const server *broker_, *database_;
    std::function<void(const std::string&)> say_;
    visited seen_;
    outcome out_;
};

} // namespace edm::measure
