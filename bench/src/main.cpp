#include "benchmarks.hpp"

#include <edm/core/environment.hpp>
#include <edm/observability/log.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace {

using namespace edm::bench;

struct benchmark
{
    std::string_view id;
    std::string_view what;
    bool in_quick;
    void (*run)(const settings&, report&);
};

constexpr std::array all{
    benchmark{"B1", "requests/s of a trivial endpoint through the whole stack", true, measure_requests},
    benchmark{"B2", "requests/s of GET /get-all-recipes?limit=20 with 400 recipes", true, measure_listing},
    benchmark{"B3", "events/s end to end, durable, one topic to two subscriptions", true, measure_events},
    benchmark{"B4", "purchases/s, and latency from buy-recipe to the purchased event", true, measure_purchases},
    benchmark{"B5", "resident memory, idle and per idle stream", true, measure_memory},
    benchmark{"B6", "start to /readyz 200", true, measure_start},
    benchmark{"B7", "browsing while logins saturate the hashing pool", false, measure_browsing},
    benchmark{"B8", "B3 after much history", false, measure_history},
    benchmark{"B9", "durable commits and syncs per purchase", true, measure_commits},
};

void print_help()
{
    fmt::print("edm_bench: benchmarks, each beside a reference that is measured in the same run\n\n"
               "  --quick       the form that takes less than two minutes\n"
               "  --only ID     only this benchmark; may be repeated\n"
               "  --json PATH   where the figures go (default: bench/results/<date>.json)\n"
               "  --dir PATH    where data is written while it runs (default: bench-data below the working directory)\n"
               "  --help\n\n");
    for (const auto& b : all)
        fmt::print("  {}  {}{}\n", b.id, b.what, b.in_quick ? "" : " (not with --quick)");
}

int usage(std::string_view problem)
{
    fmt::print(stderr, "edm_bench: {}; --help tells what there is\n", problem);
    return 2;
}

/// Clients and servers live in one process: it needs all the descriptors that it may have.
void raise_limits()
{
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &files);
    }
    std::signal(SIGPIPE, SIG_IGN);
}

int run(const settings& s, const std::set<std::string, std::less<>>& only, const std::string& json)
{
    report to;
    int code = 0;
    for (const auto& b : all) {
        if (only.empty() ? s.quick && !b.in_quick : !only.contains(b.id))
            continue;
        std::error_code ignored;
        std::filesystem::remove_all(s.scratch, ignored); // an interrupted run may have left some
        try {
            b.run(s, to);
        } catch (const std::exception& e) {
            fmt::print(stderr, "{} failed: {}\n", b.id, e.what());
            code = 1;
        }
        std::filesystem::remove_all(s.scratch, ignored);
    }
    to.print();
    to.write_json(json);
    fmt::print("{}\n", json);
    return code;
}

} // namespace

int main(int argc, char** argv)
{
    settings s{.scratch = std::filesystem::current_path() / "bench-data"};
    std::set<std::string, std::less<>> only;
    auto json = fmt::format("{}/{}.json", EDM_BENCH_RESULTS, edm::to_rfc3339(edm::environment{}.now()).substr(0, 19));
    for (int i = 1; i != argc; ++i) {
        std::string_view flag = argv[i];
        if (flag == "--help") {
            print_help();
            return 0;
        }
        if (flag == "--quick") {
            s.quick = true;
            continue;
        }
        if (flag != "--only" && flag != "--json" && flag != "--dir")
            return usage(fmt::format("unknown argument {}", flag));
        if (++i == argc)
            return usage(fmt::format("{} needs a value", flag));
        if (flag == "--only") {
            if (std::none_of(all.begin(), all.end(), [&](const benchmark& b) { return b.id == argv[i]; }))
                return usage(fmt::format("there is no benchmark {}", argv[i]));
            only.emplace(argv[i]);
        } else if (flag == "--json") {
            json = argv[i];
        } else {
            s.scratch = std::filesystem::absolute(argv[i]) / "bench-data";
        }
    }
    raise_limits();
    spdlog::set_level(spdlog::level::warn);
    return run(s, only, json);
}
