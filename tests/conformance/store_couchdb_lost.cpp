#include "couchdb_home.hpp"

#include <edm/testing/loop.hpp>

#include <gmock/gmock.h>

#include <future>

/// Databases that are gone, or are not the ones that they were: counters and documents start anew, so events must carry
/// an epoch that no reader has seen.
namespace edm::conformance {

namespace {

using ::testing::HasSubstr;

class store_couchdb_lost : public ::testing::Test
{
  protected:
    using process = couchdb_process;

    store_couchdb_lost()
    {
        home_.options().environment.clock = &clock_;
        home_.options().look_around = milliseconds{50};
    }
    process open(std::vector<database_schema> databases = {{"things", {}}, {"more", {}}})
    {
        return home_.open(std::move(databases));
    }
    void later() { clock_.set(clock_.now() + std::chrono::minutes{1}); }
    void lose_everything()
    {
        for (const auto* name : {"things", "more", "shop-events", "shop-parked"})
            home_.delete_database(name);
    }
    static stored<revision> put(process& p, std::string id)
    {
        return wait(p->commit({.id = std::move(id), .value = "v", .envelope = {}}));
    }

    testing::manual_clock clock_;
    couchdb_home home_;
};

TEST_F(store_couchdb_lost, AStoreThatIsOpenedAgainKeepsItsEpoch)
{
    auto first = open().store->epoch();
    EXPECT_GT(first, 1'000'000u) << "the time";
    later();
    EXPECT_EQ(open().store->epoch(), first);
    EXPECT_EQ(open({{"things", {}}, {"more", {}}, {"of-a-newer-version", {}}}).store->epoch(), first);
}

TEST_F(store_couchdb_lost, DatabasesThatAreMadeAnewBeginALaterEpoch)
{
    auto first = open().store->epoch();
    later();
    lose_everything();
    auto second = open().store->epoch();
    EXPECT_GT(second, first);
    later();
    home_.delete_database("more");
    auto third = open().store->epoch();
    EXPECT_GT(third, second) << "one of them is enough";
    later();
    home_.delete_database("shop-events");
    EXPECT_GT(open().store->epoch(), third);
}

TEST_F(store_couchdb_lost, WhatWasNotedGoesWithADatabase)
{
    for (const auto* lost : {"more", "shop-parked"}) {
        ASSERT_TRUE(wait(open()->note_now("queue/shop.count", 1)));
        EXPECT_EQ(open()->noted("queue/shop.count"), 1);
        home_.delete_database(lost);
        EXPECT_EQ(open()->noted("queue/shop.count"), std::nullopt) << "so the subscription is started anew";
    }
}

TEST_F(store_couchdb_lost, ProcessesThatStartAtOnceAgreeOnTheEpoch)
{
    constexpr int rounds = 5, processes = 4;
    auto before = open().store->epoch();
    for (int round = 0; round != rounds; ++round) {
        later();
        home_.delete_database("things");
        std::vector<std::future<process>> starting;
        for (int i = 0; i != processes; ++i)
            starting.push_back(std::async(std::launch::async, [&] { return open(); }));
        std::vector<process> all;
        for (auto& one : starting)
            all.push_back(one.get());
        auto now = all.front()->epoch();
        EXPECT_GT(now, std::exchange(before, now));
        for (auto& one : all) {
            EXPECT_EQ(one->epoch(), now);
            EXPECT_FALSE(one->trouble());
            EXPECT_TRUE(put(one, "made-by-" + random_source::system().hex(4)));
        }
    }
}

TEST_F(store_couchdb_lost, AProcessThatRanMeanwhileStoresNothingMore)
{
    auto running = open();
    ASSERT_TRUE(put(running, "a"));
    lose_everything();
    ASSERT_TRUE(couchdb_home::eventually(
        [&] { return running->trouble() && running->trouble()->find("start it again") != std::string::npos; }));
    EXPECT_THAT(*running->trouble(), HasSubstr("shop-events were removed or replaced"));
    later();
    auto other = open();
    EXPECT_EQ(put(running, "b").error(), store_failure::away) << "also once they are there again";
    EXPECT_TRUE(put(other, "b"));
}

TEST_F(store_couchdb_lost, AProcessThatRanWhileOneDatabaseWasReplacedStoresNothingMore)
{
    auto running = open();
    ASSERT_TRUE(put(running, "a"));
    later();
    home_.delete_database("more");
    auto other = open();
    ASSERT_TRUE(couchdb_home::eventually([&] { return running->trouble().has_value(); }));
    EXPECT_EQ(put(running, "b").error(), store_failure::away);
    EXPECT_TRUE(put(other, "b"));
    EXPECT_GT(other->epoch(), running->epoch());
}

TEST_F(store_couchdb_lost, AProcessNoticesByItselfThatADatabaseIsGone)
{
    for (const std::string identity : {"", R"({"identity":"another"})"}) {
        auto running = open();
        home_.delete_database("more");
        if (!identity.empty()) { // from a copy
            home_.administer("PUT", "more");
            home_.administer("PUT", "more/identity", identity);
        }
        ASSERT_TRUE(
            couchdb_home::eventually([&] { return put(running, "b") == std::unexpected(store_failure::away); }));
        EXPECT_THAT(running->trouble().value_or(""), HasSubstr("start it again"));
        later();
    }
}

} // namespace

} // namespace edm::conformance
