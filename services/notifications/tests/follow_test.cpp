// The stream, with its store: what a reader gets, and when.

#include "documents.hpp"
#include "timeline.hpp"

#include <edm/testing_engines/one_service.hpp>

#include <edm/notifications/notifications.hpp>

#include <gtest/gtest.h>

namespace edm::notifications {
namespace {

using namespace std::chrono_literals;
using testing::reader;

const std::string ana = "ana@example.com";

struct stage : testing::one_service
{
    stage() : one_service{make_notifications} {}
    reader& follow(const std::string& last_event_id = {}, const std::string& user = ana)
    {
        header_list fields;
        if (!last_event_id.empty())
            fields.emplace_back("last_event_id", last_event_id);
        return one_service::follow("/notifications", user, fields);
    }
};

timeline with_entries(int n)
{
    timeline list;
    for (int i = 1; i <= n; ++i)
        take(list, contracts::recipe_purchase_requested{ana, fmt::format("r{:04}", i), 1});
    return list;
}

std::vector<std::string> ids(const reader& r)
{
    std::vector<std::string> out;
    for (const auto& e : r.received)
        out.push_back(e.event.empty() ? e.id : e.event + " " + e.id);
    return out;
}

TEST(Follow, SendsWhatHappenedWithNamesAsTheyAreNow)
{
    stage on;
    timeline list;
    take(list, contracts::recipe_purchase_requested{ana, "soup", 1});
    take(list, contracts::purchase_status_changed{ana, "soup", 1, 1, "2026-01-15T00:00:01.000Z"});
    on.put("user-name", ana, named{"Ana \"A\" Souza"});
    on.put("recipe-name", "soup", named{"Soup"});
    on.put("notification", ana, list);
    const auto& r = on.follow();

    ASSERT_EQ(ids(r), (std::vector<std::string>{"1", "2"}));
    EXPECT_EQ(r.received[0].data,
              R"({"event_name":"recipe-purchase-requested","user_id":"ana@example.com","data":)"
              R"({"user_name":"Ana \"A\" Souza","recipe_id":"soup","recipe_name":"Soup","attempt":1}})");
    EXPECT_EQ(
        r.received[1].data,
        R"({"event_name":"purchase-status-changed","user_id":"ana@example.com","data":{"user_id":"ana@example.com",)"
        R"("recipe_id":"soup","attempt":1,"payment_status":1,"when":"2026-01-15T00:00:01.000Z"}})");
}

TEST(Follow, AnIdStandsForANameThatHasNotArrived)
{
    stage on;
    on.put("notification", ana, with_entries(1));
    EXPECT_NE(on.follow().received.at(0).data.find(
                  R"("user_name":"ana@example.com","recipe_id":"r0001","recipe_name":"r0001")"),
              std::string::npos);
}

TEST(Follow, PushesAtOnce)
{
    stage on;
    auto& r = on.follow();
    EXPECT_TRUE(r.received.empty());
    const auto before = on.now();
    on.put("notification", ana, with_entries(1));
    on.put("notification", ana, with_entries(3));
    EXPECT_EQ(ids(r), (std::vector<std::string>{"1", "2", "3"}));
    EXPECT_EQ(on.now(), before);
}

TEST(Follow, SendsToNobodyElse)
{
    stage on;
    auto& other = on.follow({}, "eva@example.com");
    on.put("notification", ana, with_entries(3));
    on.advance(1min);
    EXPECT_TRUE(other.received.empty());
}

TEST(Follow, ResumesWithoutGapOrRepeat)
{
    stage on;
    on.put("notification", ana, with_entries(3));
    auto& r = on.follow("2");
    EXPECT_EQ(ids(r), (std::vector<std::string>{"3"}));
    on.put("notification", ana, with_entries(4));
    EXPECT_EQ(ids(r), (std::vector<std::string>{"3", "4"}));
}

TEST(Follow, APlaceThatIsGoneGetsAResetAndEverythingKept)
{
    stage on;
    on.put("notification", ana, with_entries(250));
    for (const auto* place : {"10", "999", "what?"}) {
        const auto& r = on.follow(place);
        ASSERT_EQ(r.received.size(), 201U) << place;
        EXPECT_EQ(ids(r)[0], "reset 50");
        EXPECT_EQ(ids(r)[1], "51");
        EXPECT_EQ(ids(r)[200], "250");
    }
    EXPECT_EQ(on.follow("50").received.size(), 200U); // where a reader that only saw the reset goes on
}

TEST(Follow, AReaderThatFellBehindWhatIsKeptIsReset)
{
    stage on;
    on.put("notification", ana, with_entries(1));
    auto& r = on.follow();
    on.put("notification", ana, with_entries(300));
    EXPECT_EQ(ids(r).at(1), "reset 100");
    EXPECT_EQ(ids(r).at(2), "101");
    EXPECT_EQ(ids(r).back(), "300");
}

TEST(Follow, SendsManyEntriesInSeveralWrites)
{
    stage on;
    on.put("notification", ana, with_entries(200));
    const auto& r = on.follow();
    EXPECT_EQ(r.received.size(), 200U);
    EXPECT_EQ(r.writes, 4);
}

TEST(Follow, KeepsTheConnectionAliveEvery15Seconds)
{
    stage on;
    auto& r = on.follow();
    EXPECT_EQ(r.heartbeats, 1);
    on.advance(14s);
    EXPECT_EQ(r.heartbeats, 1);
    on.advance(1s);
    EXPECT_EQ(r.heartbeats, 2);
    on.advance(1min);
    EXPECT_EQ(r.heartbeats, 6);
}

TEST(Follow, ReadsAgainWithoutBeingWoken)
{
    stage on;
    auto& r = on.follow();
    // Written behind delivery's back, as by a process whose wake-up was lost.
    on.put_unseen("notification", ana, with_entries(2));
    EXPECT_TRUE(r.received.empty());
    on.advance(15s);
    EXPECT_EQ(r.received.size(), 2U);
}

TEST(Follow, SurvivesAStoreThatIsAway)
{
    stage on;
    on.put("notification", ana, with_entries(2));
    on.faults().away = true;
    auto& r = on.follow();
    on.advance(10s);
    EXPECT_TRUE(r.received.empty());
    EXPECT_FALSE(r.ended);
    EXPECT_GE(r.heartbeats, 10);
    on.faults().away = false;
    on.advance(1s);
    EXPECT_EQ(ids(r), (std::vector<std::string>{"1", "2"}));
}

TEST(Follow, EndsWithItsReader)
{
    stage on;
    auto& waiting = on.follow();
    waiting.disconnect();
    on.run_ready();
    EXPECT_TRUE(waiting.ended);

    auto& writing = on.follow();
    writing.connected = false;
    on.put("notification", ana, with_entries(1));
    EXPECT_TRUE(writing.ended);
}

} // namespace
} // namespace edm::notifications
