#include <edm/observability/process_metrics.hpp>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string>

#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

namespace edm::observability {

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

std::string read_proc(const char* path)
{
    std::ifstream in{path};
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// The number at `index` (from 0) among the fields separated by blanks.
double number_at(std::string_view text, std::size_t index)
{
    for (; index != 0; --index) {
        auto blank = text.find(' ');
        if (blank == text.npos)
            return unknown;
        text.remove_prefix(blank + 1);
    }
    double value = 0;
    auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    return problem == std::errc{} ? value : unknown;
}

/// A field of `/proc/self/stat`, numbered as in proc(5), which counts from 1. The second field, the program's name, may
/// hold blanks and brackets, so counting starts after its last bracket.
double stat_field(std::size_t number)
{
    auto text = read_proc("/proc/self/stat");
    auto bracket = text.rfind(')');
    if (bracket == text.npos || bracket + 2 > text.size())
        return unknown;
    return number_at(std::string_view{text}.substr(bracket + 2), number - 3);
}

double memory_pages(std::size_t field)
{
    return number_at(read_proc("/proc/self/statm"), field) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double cpu_seconds()
{
    rusage used{};
    if (::getrusage(RUSAGE_SELF, &used) != 0)
        return unknown;
    auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double open_descriptors()
{
    std::error_code problem;
    std::filesystem::directory_iterator at{"/proc/self/fd", problem};
    if (problem)
        return unknown;
    // The listing's own descriptor is not counted.
    return static_cast<double>(std::distance(at, std::filesystem::directory_iterator{})) - 1;
}

double descriptor_limit()
{
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<double>(limit.rlim_cur) : unknown;
}

double start_time()
{
    auto text = read_proc("/proc/stat");
    auto boot = text.find("\nbtime ");
    if (boot == text.npos)
        return unknown;
    return number_at(std::string_view{text}.substr(boot + 7), 0) +
           stat_field(22) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

} // namespace

process_metrics::process_metrics(metrics& into, std::string_view version)
{
    auto gauge = [&](std::string_view name, std::string_view help, std::function<double()> value, labels of = {}) {
        registrations_.push_back(into.gauge_from(name, help, of, std::move(value)));
    };
    gauge("process_resident_memory_bytes", "Resident memory size in bytes.", [] { return memory_pages(1); });
    gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.", [] { return memory_pages(0); });
    gauge("process_open_fds", "Number of open file descriptors.", open_descriptors);
    gauge("process_max_fds", "Maximum number of open file descriptors.", descriptor_limit);
    gauge("process_threads", "Number of threads.", [] { return stat_field(20); });
    gauge("process_start_time_seconds", "Start time of the process since the Unix epoch in seconds.",
          [started = start_time()] { return started; });
    gauge("edm_build_info", "The version of this program; always 1.", [] { return 1.0; },
          {{"version", std::string{version}}});
    registrations_.push_back(into.counter_from("process_cpu_seconds_total",
                                               "Total user and system CPU time spent in seconds.", {}, cpu_seconds));
}

} // namespace edm::observability
