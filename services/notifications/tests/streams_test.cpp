#include "streams.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace edm::notifications {
namespace {

TEST(Streams, OneTooManyEndsTheUsersOldest)
{
    streams all;
    int woken = 0;
    std::vector<std::unique_ptr<streams::place>> places;
    for (std::size_t i = 0; i < streams::per_user; ++i)
        places.push_back(all.enter("ana@example.com", [&, i] { woken = static_cast<int>(i) + 1; }));
    EXPECT_EQ(woken, 0);
    const auto other = all.enter("eva@example.com", [] { FAIL(); });
    const auto sixth = all.enter("ana@example.com", [] { FAIL(); });
    EXPECT_EQ(woken, 1);
    EXPECT_TRUE(places[0]->taken_away());
    for (std::size_t i = 1; i < places.size(); ++i)
        EXPECT_FALSE(places[i]->taken_away());
    EXPECT_FALSE(sixth->taken_away());
    EXPECT_FALSE(other->taken_away());
}

TEST(Streams, APlaceThatWasLeftIsFree)
{
    streams all;
    const auto first = all.enter("ana@example.com", [] { FAIL(); });
    for (int i = 0; i < 100; ++i) {
        std::vector<std::unique_ptr<streams::place>> more;
        for (std::size_t n = 1; n < streams::per_user; ++n)
            more.push_back(all.enter("ana@example.com", [] { FAIL(); }));
    }
    EXPECT_FALSE(first->taken_away());
}

} // namespace
} // namespace edm::notifications
