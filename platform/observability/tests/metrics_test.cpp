#include "exposition.hpp"

#include <edm/observability/metrics.hpp>
#include <edm/observability/process_metrics.hpp>

#include <algorithm>
#include <barrier>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <thread>

namespace edm::observability {
namespace {

TEST(Metrics, CountersGaugesAndHistogramsAreRead)
{
    metrics all;
    auto& requests = all.counter("http_requests_total", "Requests.", {{"route", "/a"}, {"method", "GET"}});
    auto& others = all.counter("http_requests_total", "Requests.", {{"method", "POST"}, {"route", "/b"}});
    requests.add();
    requests.add(4);
    others.add(7);
    auto& clients = all.gauge("sse_clients", "Clients.");
    clients.add(3);
    clients.subtract();
    EXPECT_EQ(&requests, &all.counter("edm_http_requests_total", "Requests.", {{"method", "GET"}, {"route", "/a"}}))
        << "the order of labels does not matter";

    exposition read{all.text()};
    EXPECT_EQ(read.problem, "");
    EXPECT_EQ(read.help.at("edm_http_requests_total"), "Requests.");
    EXPECT_EQ(read.type.at("edm_http_requests_total"), "counter");
    EXPECT_EQ(read.type.at("edm_sse_clients"), "gauge");
    EXPECT_EQ(read.value("edm_http_requests_total", {{"route", "/a"}, {"method", "GET"}}), 5);
    EXPECT_EQ(read.value("edm_http_requests_total", {{"route", "/b"}, {"method", "POST"}}), 7);
    EXPECT_EQ(read.value("edm_sse_clients"), 2);
    clients.set(9);
    EXPECT_EQ(exposition{all.text()}.value("edm_sse_clients"), 9);
}

TEST(Metrics, LabelValuesAreEscaped)
{
    metrics all;
    const std::string odd = "a\"b\\c\nd}e=,{ü";
    all.counter("odd_total", "Odd.", {{"value", odd}}).add();
    exposition read{all.text()};
    EXPECT_EQ(read.problem, "") << all.text();
    EXPECT_EQ(read.value("edm_odd_total", {{"value", odd}}), 1);
}

TEST(Metrics, HistogramBucketsAreCumulativeAndTheirBoundsBelongToThem)
{
    metrics all;
    auto& one = all.histogram("commit_seconds", "Commits.", {{"store", "s"}}, {0.1, 1, 10});
    for (double value : {0.05, 0.1, 0.100001, 1.0, 5.0, 11.0, 1000.0, -1.0})
        one.observe(value);
    exposition read{all.text()};
    EXPECT_EQ(read.problem, "");
    EXPECT_EQ(read.type.at("edm_commit_seconds"), "histogram");
    auto bucket = [&](const char* bound) {
        return read.value("edm_commit_seconds_bucket", {{"store", "s"}, {"le", bound}});
    };
    EXPECT_EQ(bucket("0.1"), 3);
    EXPECT_EQ(bucket("1"), 5);
    EXPECT_EQ(bucket("10"), 6);
    EXPECT_EQ(bucket("+Inf"), 8);
    EXPECT_EQ(read.value("edm_commit_seconds_count", {{"store", "s"}}), 8);
    EXPECT_NEAR(read.value("edm_commit_seconds_sum", {{"store", "s"}}), 1016.250001, 1e-6);
}

TEST(Metrics, AHistogramTakesWhateverIsObserved)
{
    histogram one{{1}};
    one.observe(std::nan(""));
    one.observe(0.5);
    auto read = one.read();
    EXPECT_EQ(read.cumulative, (std::vector<std::uint64_t>{1, 2}));
    EXPECT_EQ(read.sum, 0.5);
    one.observe(std::numeric_limits<double>::infinity());
    EXPECT_EQ(one.read().cumulative.back(), 3u);
    auto bounds = latency_buckets();
    EXPECT_TRUE(std::ranges::is_sorted(bounds));
}

TEST(Metrics, CallbacksAreAskedUntilTheirRegistrationIsGone)
{
    metrics all;
    double value = 1.5;
    {
        auto kept = all.gauge_from("lag_events", "Lag.", {{"subscription", "a"}}, [&] { return value; });
        auto total = all.counter_from("fsyncs_total", "Fsyncs.", {}, [] { return 12.0; });
        EXPECT_EQ(exposition{all.text()}.value("edm_lag_events", {{"subscription", "a"}}), 1.5);
        EXPECT_EQ(exposition{all.text()}.type.at("edm_fsyncs_total"), "counter");
        value = 2;
        auto moved = std::move(kept);
        EXPECT_EQ(exposition{all.text()}.value("edm_lag_events", {{"subscription", "a"}}), 2);
        EXPECT_THROW((void)all.gauge_from("lag_events", "Lag.", {{"subscription", "a"}}, [] { return 0.0; }),
                     std::logic_error);
    }
    EXPECT_EQ(all.text(), "");
    auto again = all.gauge_from("lag_events", "Lag.", {{"subscription", "a"}}, [] { return 7.0; });
    EXPECT_EQ(exposition{all.text()}.value("edm_lag_events", {{"subscription", "a"}}), 7);
}

TEST(Metrics, ACallbackThatFailsGivesNoSample)
{
    metrics all;
    auto bad = all.gauge_from("bad", "Bad.", {}, []() -> double { throw std::runtime_error{"away"}; });
    auto none = all.gauge_from("none", "None.", {}, [] { return std::nan(""); });
    auto good = all.gauge_from("good", "Good.", {}, [] { return 1.0; });
    exposition read{all.text()};
    EXPECT_EQ(read.samples.size(), 1u);
    EXPECT_EQ(read.value("edm_good"), 1);
}

TEST(Metrics, ARegistrationMayOutliveTheMetrics)
{
    registration kept;
    {
        metrics all;
        kept = all.gauge_from("a", "A.", {}, [] { return 1.0; });
    }
    kept.reset();
}

TEST(Metrics, RefuseMistakesInDeclarations)
{
    metrics all;
    all.counter("a_total", "A.", {{"x", "1"}});
    all.histogram("h_seconds", "H.", {}, {1, 2});
    auto callback = all.gauge_from("g", "G.", {}, [] { return 1.0; });
    EXPECT_THROW(all.counter("a", "A."), std::logic_error);
    EXPECT_THROW(all.gauge("a_total", "A.", {{"x", "2"}}), std::logic_error);
    EXPECT_THROW(all.counter("a_total", "Other.", {{"x", "1"}}), std::logic_error);
    EXPECT_THROW(all.counter("a_total", "A.", {{"y", "1"}}), std::logic_error);
    EXPECT_THROW(all.counter("b_total", "B.", {{"x", "1"}, {"x", "2"}}), std::logic_error);
    EXPECT_THROW(all.counter("b_total", "B.", {{"le", "1"}}), std::logic_error);
    EXPECT_THROW(all.counter("b_total", "B.", {{"a-b", "1"}}), std::logic_error);
    EXPECT_THROW(all.counter("b_total", "B.", {{"a", "\xff"}}), std::logic_error);
    EXPECT_THROW(all.counter("b-c_total", "B."), std::logic_error);
    EXPECT_THROW(all.counter("b_total", ""), std::logic_error);
    EXPECT_THROW(all.counter("b_total", "two\nlines"), std::logic_error);
    EXPECT_THROW(all.gauge("g", "G."), std::logic_error);
    EXPECT_THROW(all.histogram("h_seconds", "H.", {}, {1, 3}), std::logic_error);
    EXPECT_THROW(all.histogram("i_seconds", "I.", {}, {2, 1}), std::logic_error);
    exposition read{all.text()};
    EXPECT_EQ(read.problem, "");
    EXPECT_EQ(read.type.size(), 3u) << "what was refused left nothing behind";
}

TEST(Metrics, OfTheProcessAndTheBuild)
{
    metrics all;
    process_metrics own{all, "1.2.3"};
    exposition read{all.text()};
    EXPECT_EQ(read.problem, "");
    EXPECT_GT(read.value("process_resident_memory_bytes"), 100'000);
    EXPECT_GT(read.value("process_virtual_memory_bytes"), read.value("process_resident_memory_bytes"));
    EXPECT_GE(read.value("process_cpu_seconds_total"), 0);
    EXPECT_GE(read.value("process_open_fds"), 3);
    EXPECT_GE(read.value("process_max_fds"), read.value("process_open_fds"));
    EXPECT_GE(read.value("process_threads"), 1);
    EXPECT_GT(read.value("process_start_time_seconds"), 1.6e9);
    EXPECT_EQ(read.value("edm_build_info", {{"version", "1.2.3"}}), 1);
}

// More threads at once than there are shards, so that both ways of counting are used, and several generations of them,
// so that shards are handed on.
TEST(Metrics, NoCountIsLostBetweenThreads)
{
    constexpr int threads = shards::own + 8;
    constexpr int rounds = 2000;
    metrics all;
    auto& counted = all.counter("counted_total", "Counted.");
    auto& times = all.histogram("times_seconds", "Times.", {}, {0.5, 1.5});
    auto& level = all.gauge("level", "Level.");
    for (int generation = 0; generation != 3; ++generation) {
        std::barrier together{threads};
        std::vector<std::jthread> running;
        for (int t = 0; t != threads; ++t)
            running.emplace_back([&] {
                counted.add();
                together.arrive_and_wait(); // now every thread holds its shard
                for (int i = 0; i != rounds; ++i) {
                    counted.add();
                    times.observe(i % 3);
                    level.add();
                    level.subtract();
                }
            });
        exposition meanwhile{all.text()};
        EXPECT_EQ(meanwhile.problem, "");
    }
    exposition read{all.text()};
    EXPECT_EQ(read.value("edm_counted_total"), 3 * threads * (rounds + 1));
    EXPECT_EQ(read.value("edm_times_seconds_count"), 3 * threads * rounds);
    EXPECT_EQ(read.value("edm_times_seconds_bucket", {{"le", "0.5"}}), 3 * threads * 667);
    EXPECT_EQ(read.value("edm_times_seconds_sum"), 3 * threads * (667 * 0 + 667 * 1 + 666 * 2));
    EXPECT_EQ(read.value("edm_level"), 0);
}

} // namespace
} // namespace edm::observability
