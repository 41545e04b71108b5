#include "token_cache.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace edm::gateway {
namespace {

using namespace std::chrono_literals;

const time_point now{std::chrono::sys_days{std::chrono::year{2026} / 5 / 1}};

TEST(TokenCache, HoldsATokenUntilItExpires)
{
    token_cache all;
    EXPECT_FALSE(all.find("a", now));
    all.keep("a", {.user_id = "ana", .generation = 3, .expires = now + 1h});
    EXPECT_EQ(all.find("a", now)->user_id, "ana");
    EXPECT_EQ(all.find("a", now + 1h - 1ms)->generation, 3);
    EXPECT_FALSE(all.find("a", now + 1h));
    EXPECT_EQ(all.size(), 0U);
}

TEST(TokenCache, IsBounded)
{
    token_cache all;
    for (int i = 0; i != 100'000; ++i)
        all.keep("token " + std::to_string(i), {.user_id = "ana", .expires = now + 1h});
    EXPECT_LE(all.size(), 2 * token_cache::shards * token_cache::most_per_half);
    EXPECT_GE(all.size(), token_cache::shards * token_cache::most_per_half);
}

TEST(TokenCache, WhatIsInUseStays)
{
    token_cache all;
    all.keep("mine", {.user_id = "ana", .expires = now + 1h});
    for (int i = 0; i != 100'000; ++i) {
        all.keep("token " + std::to_string(i), {.user_id = "eva", .expires = now + 1h});
        if (i % 1000 == 0)
            ASSERT_TRUE(all.find("mine", now)) << i;
    }
}

} // namespace
} // namespace edm::gateway
