#pragma once

#include <edm/observability/metrics.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace edm::observability {

/// What this process uses, under the names that Prometheus' dashboards know: `process_resident_memory_bytes`,
/// `process_virtual_memory_bytes`, `process_cpu_seconds_total`, `process_open_fds`, `process_max_fds`,
/// `process_threads`, `process_start_time_seconds`; and `edm_build_info` with the version. Read from `/proc` when
/// metrics are read; what cannot be read is left out. Lives no longer than wanted: the series go with it.
class process_metrics
{
  public:
    process_metrics(metrics& into, std::string_view version);

  private:
    std::vector<registration> registrations_;
};

} // namespace edm::observability
