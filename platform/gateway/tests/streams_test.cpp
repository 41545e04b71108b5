#include "stage.hpp"
#include "user_streams.hpp"

namespace edm::gateway {
namespace {

const std::string ana = "ana@example.com", eva = "eva@example.com";

web::response follow(stage& on, const std::string& user)
{
    return on.get("/follow", {on.token(user)});
}

TEST(StreamsPerUser, TheSixthIsRefusedAndTheOthersGoOn)
{
    stage on;
    std::vector<web::response> open;
    for (int i = 0; i != 5; ++i) {
        open.push_back(follow(on, ana));
        EXPECT_EQ(open.back().status, 200);
        EXPECT_TRUE(open.back().stream);
    }
    auto sixth = follow(on, ana);
    EXPECT_EQ(sixth.status, 429);
    EXPECT_TRUE(header(sixth, "Retry-After"));
    EXPECT_FALSE(sixth.stream);
    EXPECT_EQ(follow(on, eva).status, 200) << "another user has their own";
    open.pop_back();
    auto again = follow(on, ana);
    EXPECT_EQ(again.status, 200) << "one that ended is free";
    EXPECT_EQ(follow(on, ana).status, 429);
}

TEST(StreamsPerUser, ThoseOfNobodyWithATokenAreNotCounted)
{
    stage on;
    for (int i = 0; i != 10; ++i)
        EXPECT_EQ(on.get("/follow").status, 401);
    EXPECT_EQ(follow(on, ana).status, 200);
}

TEST(UserStreams, LeaveNothingBehind)
{
    user_streams all{2};
    auto first = all.enter(ana), second = all.enter(ana);
    EXPECT_TRUE(first && second);
    EXPECT_FALSE(all.enter(ana));
    EXPECT_EQ(all.users(), 1U);
    second.reset();
    EXPECT_TRUE(all.enter(ana));
    first.reset();
    EXPECT_EQ(all.users(), 0U);
}

TEST(UserStreams, ASeatMayOutliveThem)
{
    auto all = std::make_unique<user_streams>(1);
    auto seat = all->enter(ana);
    all.reset();
    seat.reset();
}

} // namespace
} // namespace edm::gateway
