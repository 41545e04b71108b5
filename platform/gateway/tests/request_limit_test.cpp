// A request has a limit of time: what is answered for it, and what becomes of its work.

#include "deadlines.hpp"
#include "stage.hpp"

#include <edm/observability/log.hpp>

namespace edm::gateway {
namespace {

TEST(RequestLimit, BeforeItsCommitARequestIs503AndStoresNothingEver)
{
    stage on;
    auto& one = on.begin_post("/wait-then-put", {"a", "hello"});
    on.run_ready();
    on.advance(9'900ms);
    EXPECT_FALSE(one.answer);
    on.advance(1'200ms);
    ASSERT_TRUE(one.answer);
    EXPECT_EQ(one.answer->status, 503);
    EXPECT_TRUE(header(*one.answer, "Retry-After"));
    EXPECT_TRUE(holds(*one.answer, R"("error_code":"took_too_long")"));
    EXPECT_EQ(header(*one.answer, "x-request-id").value_or("").size(), 32U);

    EXPECT_FALSE(on.router().wait_abandoned(0ms));
    on.gates.before.open();
    on.run_ready();
    EXPECT_TRUE(on.gates.update_failed);
    EXPECT_FALSE(on.stored<note>("note", "a")) << "a 503 said that nothing was stored";
    EXPECT_TRUE(on.router().wait_abandoned(0ms));
    EXPECT_EQ(one.answer->status, 503);
}

TEST(RequestLimit, AfterItsCommitARequestIs500)
{
    stage on;
    auto& one = on.begin_post("/put-then-wait", {"a", "hello"});
    on.run_ready();
    EXPECT_EQ(on.stored<note>("note", "a")->text, "hello");
    on.advance(11'100ms);
    ASSERT_TRUE(one.answer);
    EXPECT_EQ(one.answer->status, 500);
    EXPECT_TRUE(holds(*one.answer, R"("error_code":"outcome_unknown")"));
    EXPECT_FALSE(header(*one.answer, "Retry-After"));
    on.gates.after.open();
    on.run_ready();
    EXPECT_TRUE(on.router().wait_abandoned(0ms));
}

TEST(RequestLimit, AnAnswerInTimeIsTheEndpointsOwn)
{
    stage on;
    auto& one = on.begin_post("/wait-then-put", {"a", "hello"});
    on.run_ready();
    on.advance(9'900ms);
    on.gates.before.open();
    on.run_ready();
    ASSERT_TRUE(one.answer);
    EXPECT_EQ(one.answer->status, 200);
    on.advance(1min);
    EXPECT_EQ(on.stored<note>("note", "a")->text, "hello");
    EXPECT_TRUE(on.router().wait_abandoned(0ms));
}

// What the transport lent for the request is gone when the late work ends.
TEST(RequestLimit, LateWorkUsesNothingOfItsRequest)
{
    stage on;
    struct lent
    {
        std::string method = "POST", path = "/wait-then-put", body = encode(put_request{"a", std::string(1000, 'x')}),
                    name = "Content-Type", value = "application/json", peer = "127.0.0.1";
    };
    auto memory = std::make_unique<lent>();
    std::vector<web::header_view> fields{{memory->name, memory->value}};
    const web::request r{.method = memory->method,
                         .target = memory->path,
                         .path = memory->path,
                         .query = {},
                         .body = memory->body,
                         .peer = memory->peer,
                         .headers = fields};
    EXPECT_EQ(on.loop().await(on.router().handle(r)).status, 503);
    memory.reset();
    fields = {};
    on.gates.before.open();
    on.run_ready();
    EXPECT_TRUE(on.router().wait_abandoned(0ms));
}

TEST(RequestLimit, WhatLateWorkThrowsHarmsNobody)
{
    stage on;
    auto& one = on.begin_get("/throws");
    auto& other = on.begin_get("/throws-no-exception");
    on.run_ready();
    on.advance(12s);
    EXPECT_EQ(one.answer->status, 503);
    EXPECT_EQ(other.answer->status, 503);
    on.gates.before.open();
    on.run_ready();
    EXPECT_TRUE(on.router().wait_abandoned(0ms));
}

TEST(RequestLimit, LateWorkKeepsItsPlaceUntilItEnds)
{
    stage on{std::make_shared<notebook::gates>(), [](router::parts& p) { p.in_flight = 1; }};
    on.begin_post("/wait-then-put", {"a", "hello"});
    on.run_ready();
    on.advance(11'100ms);
    auto& refused = on.begin_get("/quick");
    on.run_ready();
    on.advance(200ms);
    EXPECT_EQ(refused.answer->status, 503);
    on.gates.before.open();
    on.run_ready();
    EXPECT_EQ(on.get("/quick").status, 200);
}

TEST(RequestLimit, EveryRequestHasItsOwn)
{
    observability::log::configure({.level = observability::log::level::off});
    stage on;
    std::vector<std::pair<time_point, testing::one_service::asked*>> all;
    testing::seeded_random random{7};
    for (int i = 0; i != 60; ++i) {
        all.emplace_back(on.now(), &on.begin_post("/wait-then-put", {std::to_string(i), "x"}));
        on.run_ready();
        on.advance(milliseconds{static_cast<int>(random.below(700))});
    }
    for (bool waiting = true; waiting;) {
        waiting = false;
        for (auto& [began, one] : all) {
            if (!one->answer)
                EXPECT_LT(on.now() - began, 11'001ms);
            else if (one->answer->status == 503 && began != time_point{}) {
                EXPECT_GE(on.now() - began, 10s);
                began = time_point{};
            }
            waiting |= !one->answer;
        }
        on.advance(1ms);
    }
    observability::log::configure({});
}

TEST(Places, AServiceHasSoManyAndOneMoreWaitsAMoment)
{
    stage on{std::make_shared<notebook::gates>(), [](router::parts& p) { p.in_flight = 2; }};
    auto& first = on.begin_post("/wait-then-put", {"a", "x"});
    auto& second = on.begin_post("/wait-then-put", {"b", "x"});
    auto& third = on.begin_get("/quick");
    on.run_ready();
    on.advance(99ms);
    EXPECT_FALSE(third.answer);
    on.advance(2ms);
    ASSERT_TRUE(third.answer);
    EXPECT_EQ(third.answer->status, 503);
    EXPECT_EQ(header(*third.answer, "Retry-After"), "1");
    auto& fourth = on.begin_get("/quick");
    on.run_ready();
    on.advance(50ms);
    on.gates.before.open();
    on.run_ready();
    EXPECT_EQ(first.answer->status, 200);
    EXPECT_EQ(second.answer->status, 200);
    EXPECT_EQ(fourth.answer->status, 200) << "a place that became free goes to who waits";
}

TEST(Places, PlatformRoutesNeedNone)
{
    stage on{std::make_shared<notebook::gates>(), [](router::parts& p) { p.in_flight = 1; }};
    on.router().add(
        {"GET", "/livez", false, [](const web::request&) -> task<web::response> { co_return web::response{}; }});
    on.begin_post("/wait-then-put", {"a", "x"});
    on.run_ready();
    EXPECT_EQ(on.get("/livez").status, 200);
}

struct waiting final : deadlines::entry
{
    void expire() override { expired = true; }
    bool expired = false;
};

TEST(Deadlines, OneThatGoesIsOut)
{
    testing::manual_clock clock;
    testing::loop loop{clock, 0ms};
    deadlines limit{1s};
    auto gone = std::make_unique<waiting>();
    waiting stays, later;
    loop.post([&] { limit.add(*gone); });
    loop.post([&] { limit.add(stays); });
    loop.run_ready();
    loop.advance(500ms);
    loop.post([&] { limit.add(later); });
    loop.run_ready();
    gone.reset();
    loop.advance(599ms);
    EXPECT_FALSE(stays.expired);
    loop.advance(2ms);
    EXPECT_TRUE(stays.expired);
    EXPECT_FALSE(later.expired);
    loop.advance(500ms);
    EXPECT_TRUE(later.expired);
}

TEST(Deadlines, WithoutAnExecutorNothingExpires)
{
    deadlines limit{1s};
    waiting one;
    limit.add(one);
    EXPECT_FALSE(one.is_linked());
}

} // namespace
} // namespace edm::gateway
