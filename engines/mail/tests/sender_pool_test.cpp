#include "sender_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <optional>
#include <semaphore>

namespace edm::mail_engine {
namespace {

TEST(SenderPool, RunsEverythingWithNoMoreThreadsThanItHas)
{
    std::atomic<int> now = 0;
    std::atomic<int> most = 0;
    std::latch done{100};
    sender_pool pool{3, 1000};
    for (int i = 0; i < 100; ++i)
        pool.add([&](bool runs) {
            EXPECT_TRUE(runs);
            const int here = ++now;
            for (int seen = most; here > seen && !most.compare_exchange_weak(seen, here);) {
            }
            --now;
            done.count_down();
        });
    done.wait();
    EXPECT_LE(most, 3);
}

TEST(SenderPool, RefusesWhatDoesNotFitIntoTheQueue)
{
    std::counting_semaphore<10> go{0};
    std::promise<void> first_runs;
    std::atomic<int> ran = 0;
    std::optional<bool> third;
    {
        sender_pool pool{1, 1};
        pool.add([&](bool) {
            first_runs.set_value();
            go.acquire();
            ++ran;
        });
        first_runs.get_future().wait();
        std::promise<void> second_ran;
        pool.add([&](bool runs) {
            ran += runs;
            second_ran.set_value();
        });
        pool.add([&](bool runs) { third = runs; });
        EXPECT_EQ(third, false);
        go.release();
        second_ran.get_future().wait();
    }
    EXPECT_EQ(ran, 2);
}

TEST(SenderPool, TellsWhatStillWaitsWhenItEnds)
{
    std::counting_semaphore<10> go{0};
    std::promise<void> first_runs;
    std::optional<bool> second;
    {
        sender_pool pool{1, 10};
        pool.add([&](bool) {
            first_runs.set_value();
            go.acquire();
        });
        first_runs.get_future().wait();
        pool.add([&](bool runs) { second = runs; });
        // The first one may end before the pool does; then the second runs. Either way it is told exactly once.
        go.release();
    }
    EXPECT_TRUE(second.has_value());
}

} // namespace
} // namespace edm::mail_engine
