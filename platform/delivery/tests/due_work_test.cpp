#include "fixture.hpp"

namespace edm::delivery_tests {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// `lease_until` of work that the committer does itself.
constexpr std::int64_t held = -1;

class due_work : public ::testing::Test
{
  protected:
    due_work()
    {
        d.due.push_back({.service = "shop",
                         .kind = "mail",
                         .database = "orders",
                         .max_attempts = 3,
                         .perform = [this](call& c, std::string document, due_item item) {
                             return perform(c, std::move(document), std::move(item));
                         }});
    }

    /// Commits work of this time from now.
    void decide(process& p, std::string document, milliseconds in, std::string item = "m1", std::int64_t lease = 0)
    {
        call c;
        auto at = (w.clock.now() + in).time_since_epoch().count();
        ASSERT_TRUE(
            p.await(p.at().update(c, "shop", 0, document, [&](const loaded&, const moment&) -> result<raw_change> {
                return raw_change{
                    .due = {{.id = item, .kind = "mail", .at = at, .lease_until = lease, .payload = "{}"}}};
            })));
    }
    void clear(process& p, std::string document, std::string item = "m1")
    {
        call c;
        ASSERT_TRUE(
            p.await(p.at().update(c, "shop", 0, document, [&](const loaded&, const moment&) -> result<raw_change> {
                return raw_change{.done = {item}};
            })));
    }
    std::vector<due_item> items(process& p, std::string document)
    {
        return p.await(p.of("shop").load(0, document))->envelope.due;
    }

    virtual task<result<nothing>> perform(call&, std::string document, due_item item)
    {
        done.push_back(fmt::format("{}/{}#{}", document, item.id, item.attempts));
        if (failures != 0) {
            --failures;
            co_return fail(failure{refused, "the relay is away"}.retry_after(retry_after));
        }
        co_return nothing{};
    }

    world w;
    declarations d = shop_and_ledger();
    std::vector<std::string> done;
    int failures = 0;
    int retry_after = 0;
};

TEST_F(due_work, ItIsDoneAtOnceByTheProcessThatCommitted)
{
    process p(w, d);
    auto before = w.engine.faults->writes.load();
    decide(p, "a", 0ms);
    EXPECT_THAT(done, IsEmpty()) << "not inside the commit";
    p.run();
    EXPECT_THAT(done, ElementsAre("a/m1#0")) << "unclaimed";
    EXPECT_THAT(items(p, "a"), IsEmpty()) << "cleared by a later commit";
    EXPECT_EQ(w.engine.faults->writes - before, 2u) << "one commit before, one after";
    p.pass(1h);
    EXPECT_EQ(done.size(), 1u);
    EXPECT_EQ(p.at().counted().due_done, 1u);
}

TEST_F(due_work, ItIsDoneWhenItsTimeHasCome)
{
    process p(w, d);
    decide(p, "soon", 20s);
    decide(p, "later", 2h);
    p.pass(19s);
    EXPECT_THAT(done, IsEmpty());
    p.pass(2s);
    EXPECT_THAT(done, ElementsAre("soon/m1#0"));
    p.pass(2h - 22s);
    EXPECT_EQ(done.size(), 1u);
    p.pass(5s);
    EXPECT_THAT(done, ElementsAre("soon/m1#0", "later/m1#1")) << "what is far off is claimed by whoever sweeps";
    p.pass(1h);
    EXPECT_EQ(done.size(), 2u);
    EXPECT_THAT(items(p, "later"), IsEmpty());
}

TEST_F(due_work, WhatIsClearedBeforeItsTimeIsNotDone)
{
    process p(w, d);
    decide(p, "a", 20s);
    clear(p, "a");
    p.pass(1h);
    EXPECT_THAT(done, IsEmpty());
}

TEST_F(due_work, WhatIsMovedIsDoneAtItsNewTime)
{
    process p(w, d);
    decide(p, "later", 10s);
    decide(p, "later", 25s);
    decide(p, "sooner", 50s);
    decide(p, "sooner", 5s);
    p.pass(6s);
    EXPECT_THAT(done, ElementsAre("sooner/m1#0"));
    p.pass(18s);
    EXPECT_EQ(done.size(), 1u);
    p.pass(2s);
    EXPECT_THAT(done, ElementsAre("sooner/m1#0", "later/m1#0"));
    p.pass(10min);
    EXPECT_EQ(done.size(), 2u);
}

TEST_F(due_work, AFailureIsTriedAgainWithGrowingPausesUntilItIsExhausted)
{
    failures = 100;
    process p(w, d);
    decide(p, "a", 0ms);
    p.run();
    ASSERT_EQ(items(p, "a").size(), 1u);
    auto item = items(p, "a")[0];
    EXPECT_EQ(item.attempts, 1);
    EXPECT_EQ(item.reason, "the relay is away");
    auto pause = item.at - w.clock.now().time_since_epoch().count();
    EXPECT_GE(pause, 100);
    EXPECT_LE(pause, 200);
    p.pass(1h);
    EXPECT_THAT(done, ElementsAre("a/m1#0", "a/m1#1", "a/m1#2"));
    item = items(p, "a").at(0);
    EXPECT_EQ(item.at, -1) << "exhausted work stays, without a time";
    EXPECT_EQ(item.attempts, 3);
    EXPECT_EQ(p.await(p.of("shop").exhausted(10))->size(), 1u);
    EXPECT_EQ(p.at().counted().due_exhausted, 1u);
    p.pass(48h);
    EXPECT_EQ(done.size(), 3u);
}

TEST_F(due_work, AFailureThatSucceedsLaterIsCleared)
{
    failures = 2;
    process p(w, d);
    decide(p, "a", 0ms);
    p.pass(1h);
    EXPECT_EQ(done.size(), 3u);
    EXPECT_THAT(items(p, "a"), IsEmpty());
}

TEST_F(due_work, RetryAfterIsHonoured)
{
    failures = 1;
    retry_after = 40;
    process p(w, d);
    decide(p, "a", 0ms);
    p.pass(39s);
    EXPECT_EQ(done.size(), 1u);
    p.pass(2s);
    EXPECT_EQ(done.size(), 2u);
}

TEST_F(due_work, AKindThatNobodyDeclaresWaits)
{
    process p(w, d);
    call c;
    auto at = w.clock.now().time_since_epoch().count();
    p.await(p.at().update(c, "shop", 0, "a", [&](const loaded&, const moment&) -> result<raw_change> {
        return raw_change{.due = {{.id = "x", .kind = "fax", .at = at}}};
    }));
    p.pass(10min);
    ASSERT_EQ(items(p, "a").size(), 1u);
    EXPECT_NE(items(p, "a")[0].reason, "");
    EXPECT_GT(items(p, "a")[0].at, 0) << "a later version may know it";
}

TEST_F(due_work, AfterADeathItIsClaimedWithAnAttemptCounted)
{
    std::vector<death> deaths;
    {
        process p(w, d);
        death_watch watch(w);
        decide(p, "a", 0ms);
        p.run();
        deaths = std::move(watch.deaths);
    }
    ASSERT_EQ(deaths.size(), 2u);
    done.clear();
    {
        world next(deaths[0].disks, deaths[0].when);
        process p(next, d);
        EXPECT_THAT(done, ElementsAre("a/m1#1"))
            << "at once: a store with one owner voids the leases of the process before";
        EXPECT_THAT(items(p, "a"), IsEmpty());
    }
    done.clear();
    {
        world next(deaths[1].disks, deaths[1].when);
        process p(next, d);
        p.pass(1h);
        EXPECT_THAT(done, IsEmpty()) << "it was cleared";
    }
    {
        world next(deaths[0].disks, deaths[0].when);
        process p(next, d, {}, false);
        p.pass(29s);
        EXPECT_THAT(done, IsEmpty()) << "another process may hold the lease";
        p.pass(4s);
        EXPECT_THAT(done, ElementsAre("a/m1#1"));
    }
}

TEST_F(due_work, WorkThatEndsTheProcessEachTimeIsExhausted)
{
    document_engine::disks left;
    std::optional<death> last;
    {
        process p(w, d);
        death_watch watch(w);
        decide(p, "a", 0ms);
        last = watch.deaths.at(0);
    }
    int begun = 0;
    while (last) {
        ASSERT_LE(++begun, 10);
        world next(last->disks, last->when);
        done.clear();
        death_watch watch(next);
        process p(next, d);
        p.pass(1min);
        // The death after the claim, where the work was begun.
        std::optional<death> after_claim;
        if (!done.empty())
            for (auto& one : watch.deaths) {
                auto due = one.disks.find("shop")->second->documents.at({0, "a"}).envelope.due;
                if (!due.empty() && due[0].attempts == begun)
                    after_claim = one;
            }
        if (!after_claim) {
            EXPECT_THAT(done, IsEmpty());
            EXPECT_EQ(items(p, "a").at(0).at, -1);
            EXPECT_NE(items(p, "a")[0].reason, "");
        }
        last = after_claim;
    }
    EXPECT_EQ(begun, 4) << "three attempts, then exhausted";
}

TEST_F(due_work, WhatTheCommitterHoldsIsNotBegunBeforeItsLeaseEnds)
{
    process p(w, d);
    decide(p, "a", 0ms, "m1", held);
    p.pass(29s);
    EXPECT_THAT(done, IsEmpty()) << "the committer does it itself";
    p.pass(4s);
    EXPECT_THAT(done, ElementsAre("a/m1#1")) << "it did not: the work is claimed";
    EXPECT_THAT(items(p, "a"), IsEmpty());
}

TEST_F(due_work, WhatTheCommitterHeldAndClearedIsNeverBegun)
{
    process p(w, d);
    decide(p, "a", 0ms, "m1", held);
    p.pass(3s);
    clear(p, "a");
    p.pass(10min);
    EXPECT_THAT(done, IsEmpty());
}

TEST_F(due_work, WhatACommitterHeldWhenItDiedIsDoneAtTheNextStart)
{
    std::vector<death> deaths;
    {
        process p(w, d);
        death_watch watch(w);
        decide(p, "a", 0ms, "m1", held);
        deaths = std::move(watch.deaths);
        clear(p, "a");
    }
    world next(deaths.at(0).disks, deaths[0].when);
    process p(next, d);
    EXPECT_THAT(done, ElementsAre("a/m1#1"));
}

/// Work whose own commit replaces it: a timer that goes on.
class periodic : public due_work
{
  protected:
    task<result<nothing>> perform(call& c, std::string document, due_item item) override
    {
        done.push_back(std::to_string(item.at - begin));
        raw_decision next = [&](const loaded&, const moment& now) -> result<raw_change> {
            auto at = now.now.time_since_epoch().count() + 10'000;
            raw_change change{.due = {{.id = item.id, .kind = "mail", .at = at}}};
            if (clear_first)
                change.done.push_back(item.id);
            return change;
        };
        auto stored_as = co_await p_->at().update(c, "shop", 0, document, next);
        EXPECT_TRUE(stored_as);
        co_return nothing{};
    }
    process* p_ = nullptr;
    std::int64_t begin = 0;
    bool clear_first = false;
};

TEST_F(periodic, WorkThatReplacesItselfGoesOn)
{
    for (bool with_clear : {false, true}) {
        done.clear();
        clear_first = with_clear;
        process p(w, d);
        p_ = &p;
        begin = w.clock.now().time_since_epoch().count();
        decide(p, with_clear ? "b" : "a", 0ms);
        p.pass(25s);
        EXPECT_THAT(done, ElementsAre("0", "10000", "20000"));
        clear(p, with_clear ? "b" : "a");
    }
}

/// Work that takes long: it runs until the test lets it go.
class slow : public due_work
{
  protected:
    task<result<nothing>> perform(call&, std::string document, due_item) override
    {
        done.push_back(document);
        co_await sleep_for(5min);
        co_return nothing{};
    }
};

TEST_F(slow, NobodyBeginsItAgainWhileItRuns)
{
    process p(w, d);
    decide(p, "a", 0ms);
    p.pass(2min);
    decide(p, "a", 0ms);
    p.pass(2min);
    EXPECT_EQ(done.size(), 1u) << "not by the sweep, though the lease has ended, and not by a commit";
    p.pass(1h);
    EXPECT_EQ(done.size(), 2u) << "the second decision was another time";
    EXPECT_THAT(items(p, "a"), IsEmpty());
}

TEST_F(slow, DrainedWaitsForIt)
{
    process p(w, d);
    decide(p, "a", 0ms);
    auto begin = w.clock.now();
    p.drain();
    EXPECT_GE(w.clock.now() - begin, 5min);
    EXPECT_THAT(items(p, "a"), IsEmpty());
}

TEST_F(due_work, AfterStopNothingIsBegun)
{
    process p(w, d);
    decide(p, "a", 20s);
    p.at().stop();
    p.pass(10min);
    EXPECT_THAT(done, IsEmpty());
}

} // namespace

} // namespace edm::delivery_tests
