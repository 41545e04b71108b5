#include <edm/security/workers.hpp>

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>

namespace {

using namespace edm;
using security::worker_pool;

template <class T>
task<> fulfil(task<T> work, std::promise<T>& to)
{
    try {
        to.set_value(co_await std::move(work));
    } catch (...) {
        to.set_exception(std::current_exception());
    }
}

template <class T>
std::future<T> begin(task<T> work, std::promise<T>& to)
{
    auto done = to.get_future();
    spawn(fulfil(std::move(work), to));
    return done;
}

using answer = std::expected<int, security::pool_full>;

TEST(WorkerPool, WhatItsWorkReturnsReachesTheAwaitingCoroutine)
{
    worker_pool pool{2, 4};
    std::promise<answer> to;
    EXPECT_EQ(begin(pool.run([] { return 42; }), to).get().value(), 42);
}

TEST(WorkerPool, WhatItsWorkThrowsReachesTheAwaitingCoroutineAndNobodyElse)
{
    worker_pool pool{1, 4};
    std::promise<answer> bad, good;
    auto thrown = begin(pool.run([]() -> int { throw std::out_of_range{"not here"}; }), bad);
    EXPECT_THROW(thrown.get(), std::out_of_range);
    EXPECT_EQ(begin(pool.run([] { return 1; }), good).get().value(), 1) << "its thread lives on";
}

TEST(WorkerPool, AFullQueueIsToldAtOnce)
{
    worker_pool pool{1, 1};
    std::promise<void> began, end;
    auto ended = end.get_future().share();
    std::promise<answer> running, waiting, refused;
    auto first = begin(pool.run([&] {
        began.set_value();
        ended.wait();
        return 1;
    }),
                       running);
    began.get_future().wait();
    auto second = begin(pool.run([] { return 2; }), waiting);
    EXPECT_EQ(pool.depth(), 1u);
    EXPECT_FALSE(begin(pool.run([] { return 3; }), refused).get());
    end.set_value();
    EXPECT_EQ(first.get().value(), 1);
    EXPECT_EQ(second.get().value(), 2);
}

TEST(WorkerPool, FinishesWhatIsQueuedWhenItEnds)
{
    std::promise<answer> to[8];
    std::future<answer> done[8];
    {
        worker_pool pool{1, 8};
        for (int i = 0; i != 8; ++i)
            done[i] = begin(pool.run([i] { return i; }), to[i]);
    }
    for (int i = 0; i != 8; ++i)
        EXPECT_EQ(done[i].get().value(), i);
}

} // namespace
