#include "fixture.hpp"

namespace edm::delivery_tests {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

/// Two processes share the documents, as two of them do on a store that has no single owner.
class shared_work : public ::testing::Test
{
  protected:
    shared_work()
    {
        d.due.push_back({.service = "shop",
                         .kind = "mail",
                         .database = "orders",
                         .max_attempts = 2,
                         .perform = [this](call&, std::string document, due_item item) {
                             return perform(std::move(document), std::move(item));
                         }});
    }
    task<result<nothing>> perform(std::string document, due_item item)
    {
        done.push_back(fmt::format("{}/{}#{}", document, item.id, item.attempts));
        co_await sleep_for(takes);
        if (failing)
            co_return fail(refused, "the relay is away");
        co_return nothing{};
    }
    void decide(process& p, std::string item, milliseconds in)
    {
        call c;
        auto at = (w.clock.now() + in).time_since_epoch().count();
        ASSERT_TRUE(p.await(p.at().update(c, "shop", 0, "a", [&](const loaded&, const moment&) -> result<raw_change> {
            return raw_change{.due = {{.id = item, .kind = "mail", .at = at, .payload = "{}"}}};
        })));
    }
    std::vector<due_item> items(process& p) { return p.await(p.of("shop").load(0, "a"))->envelope.due; }
    /// Time passes for both, a second at a time.
    static void pass(process& one, process& other, milliseconds time)
    {
        for (auto spent = 0ms; spent < time; spent += 1s) {
            one.pass(1s);
            other.pass(0ms);
        }
    }

    world w;
    declarations d = shop_and_ledger();
    std::vector<std::string> done;
    milliseconds takes{0};
    bool failing = false;
};

TEST_F(shared_work, OverdueWorkIsClaimedByOneOfTwo)
{
    std::vector<death> deaths;
    {
        process first(w, d, {}, false);
        death_watch watch(w);
        decide(first, "m1", 0ms);
        deaths = std::move(watch.deaths);
    }
    done.clear();
    takes = 5s;
    w.engine.restore(deaths.at(0).disks);
    process one(w, d, {}, false), other(w, d, {}, false);
    int races = 0;
    w.engine.faults->before = [&](std::uint64_t) -> std::optional<store_failure> {
        // Whoever is about to commit its claim is overtaken: the other reads and claims in between.
        if (races++ == 0)
            other.pass(0ms);
        return {};
    };
    one.pass(3s); // the lease has ended
    w.engine.faults->before = {};
    EXPECT_GE(races, 2) << "both went for it";
    EXPECT_THAT(done, ElementsAre("a/m1#1")) << "one claim was refused: its revision was past";
    pass(one, other, 1min);
    EXPECT_EQ(done.size(), 1u);
    EXPECT_THAT(items(one), IsEmpty());
}

TEST_F(shared_work, ACommitBeginsOnlyWhatItDecided)
{
    process one(w, d, {}, false), other(w, d, {}, false);
    takes = 5s;
    decide(one, "m1", 0ms);
    one.run();
    ASSERT_THAT(done, ElementsAre("a/m1#0"));
    decide(other, "m2", 0ms);
    other.run();
    EXPECT_THAT(done, ElementsAre("a/m1#0", "a/m2#0")) << "the first is leased: its process is at it";
    pass(one, other, 20s);
    EXPECT_EQ(done.size(), 2u);
    EXPECT_THAT(items(one), IsEmpty());
}

TEST_F(shared_work, WhatAnotherProcessMovedIsLeftToIt)
{
    process one(w, d, {}, false), other(w, d, {}, false);
    decide(one, "m1", 10s);
    decide(other, "m1", 20s);
    pass(one, other, 15s);
    EXPECT_THAT(done, IsEmpty());
    pass(one, other, 10s);
    EXPECT_EQ(done.size(), 1u);
    pass(one, other, 2min);
    EXPECT_EQ(done.size(), 1u);
}

TEST_F(shared_work, WhatAnotherProcessClaimedIsNotBegunByItsCommitter)
{
    process one(w, d, {}, false), other(w, d, {}, false);
    takes = 20s;
    decide(one, "m1", 10s);
    // The committer stands still until its lease has ended.
    for (int second = 0; second != 45; ++second)
        other.pass(1s);
    ASSERT_THAT(done, ElementsAre("a/m1#1"));
    one.pass(0ms);
    EXPECT_EQ(done.size(), 1u) << "the claim holds a lease of its own";
    pass(one, other, 2min);
    EXPECT_EQ(done.size(), 1u);
    EXPECT_THAT(items(one), IsEmpty());
}

TEST_F(shared_work, ExhaustedWorkIsListedAndCanBeTriedAgain)
{
    process p(w, d);
    EXPECT_THAT(p.await(p.at().exhausted_due()), IsEmpty());
    failing = true;
    decide(p, "m1", 0ms);
    p.pass(1h);
    auto listed = p.await(p.at().exhausted_due());
    ASSERT_EQ(listed.size(), 1u);
    EXPECT_EQ(std::tie(listed[0].service, listed[0].database, listed[0].document, listed[0].item, listed[0].kind),
              std::make_tuple("shop", "orders", "a", "m1", "mail"));
    EXPECT_EQ(listed[0].attempts, 2);
    EXPECT_EQ(listed[0].reason, "the relay is away");

    EXPECT_EQ(p.await(p.at().retry_due("shop", "orders", "a", "m2")).error().kind, &errors::not_found);
    EXPECT_EQ(p.await(p.at().retry_due("shop", "nothing", "a", "m1")).error().kind, &errors::not_found);
    EXPECT_EQ(p.await(p.at().retry_due("nobody", "orders", "a", "m1")).error().kind, &errors::not_found);

    done.clear();
    ASSERT_TRUE(p.await(p.at().retry_due("shop", "orders", "a", "m1")));
    p.pass(1h);
    EXPECT_THAT(done, ElementsAre("a/m1#0", "a/m1#1")) << "with all its attempts";
    failing = false;
    ASSERT_TRUE(p.await(p.at().retry_due("shop", "orders", "a", "m1")));
    p.pass(1s);
    EXPECT_THAT(items(p), IsEmpty());
    EXPECT_THAT(p.await(p.at().exhausted_due()), IsEmpty());
    EXPECT_EQ(p.await(p.at().retry_due("shop", "orders", "a", "m1")).error().kind, &errors::not_found);
}

} // namespace

} // namespace edm::delivery_tests
