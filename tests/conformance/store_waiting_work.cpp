#include "store_waiting.hpp"

#include <gmock/gmock.h>

namespace edm::conformance {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(store_waiting, AParkedEventComesBackWhole)
{
    parked_event e{.subscription = "s.a",
                   .key = "ü",
                   .sequence = {3, 9},
                   .baseline = true,
                   .rebuild = true,
                   .gap = true,
                   .attempts = 4,
                   .next_at = 77,
                   .parked_at = 66,
                   .reason = "why",
                   .event = nullptr};
    e.event = std::make_shared<recorded_event>(recorded_event{"topic", "ü", {3, 9}, true, "bytes"});
    EXPECT_FALSE(at().may_have_parked("s.a"));
    ASSERT_TRUE(wait(at().park(e)));
    EXPECT_TRUE(at().may_have_parked("s.a"));
    for (int pass = 0; pass != 2; ++pass) {
        auto back = wait(at().parked({}, {}, 10)).value();
        ASSERT_EQ(back.size(), 1u);
        const auto& one = back[0];
        EXPECT_EQ(std::tie(one.subscription, one.key, one.reason), std::make_tuple("s.a", "ü", "why"));
        EXPECT_EQ(one.sequence, (sequence{3, 9}));
        EXPECT_TRUE(one.baseline && one.rebuild && one.gap);
        EXPECT_EQ(std::make_tuple(one.attempts, one.next_at, one.parked_at), std::make_tuple(4, 77, 66));
        EXPECT_EQ(std::tie(one.event->topic, one.event->key, one.event->bytes), std::make_tuple("topic", "ü", "bytes"));
        EXPECT_TRUE(one.event->baseline);
        EXPECT_EQ(one.event->sequence, (sequence{3, 9}));
        reopen();
    }
}

TEST_P(store_waiting, ABaselineIsNoRebuildOfItself)
{
    for (bool baseline : {false, true}) {
        parked_event e{.subscription = "s.a", .key = "k", .sequence = {1, 1}, .baseline = baseline};
        e.event = std::make_shared<recorded_event>(recorded_event{"t", "k", {1, 1}, baseline, "bytes"});
        ASSERT_TRUE(wait(at().park(e)));
        auto back = wait(at().parked({}, {}, 10)).value();
        EXPECT_EQ(back.at(0).baseline, baseline);
        EXPECT_FALSE(back.at(0).rebuild);
    }
}

TEST_P(store_waiting, WhatIsStoredUnderAFormerNameIsTakenOver)
{
    const auto mark_of = [&](std::string_view subscription, std::string_view key) {
        return load("d", {subscription, key}).mark;
    };
    const auto mark = [&](const std::string& subscription, const std::string& key, sequence s) {
        edm::commit c{.id = "d", .expected = load("d").revision};
        c.marks = {{subscription, key, s}};
        ASSERT_TRUE(commit(std::move(c)));
    };
    mark("s.old", "k", {1, 7});
    mark("s.old", "l", {1, 2});
    mark("s.older", "l", {1, 3});
    mark("s.other", "k", {1, 1});
    park("s.old", "k", {1, 9});
    park("s.other", "k", {1, 2});
    for (int start = 0; start != 3; ++start) {
        ASSERT_TRUE(wait(at().adopt("s.new", {"s.old", "s.older", "s.never"})));
        EXPECT_EQ(mark_of("s.new", "k"), (sequence{1, 7}));
        EXPECT_EQ(mark_of("s.new", "l"), (sequence{1, 3})) << "the highest holds";
        EXPECT_EQ(mark_of("s.other", "k"), (sequence{1, 1}));
        EXPECT_EQ(wait(at().marks("s.new", "", 10))->size(), 2u);
        EXPECT_THAT(parked({.subscription = "s.new"}), ElementsAre("s.new k 1.9"));
        EXPECT_THAT(parked({.subscription = "s.old"}), IsEmpty());
        EXPECT_TRUE(at().may_have_parked("s.new"));
        EXPECT_THAT(parked({.subscription = "s.other"}), ElementsAre("s.other k 1.2"));
        reopen();
    }
    ASSERT_TRUE(wait(at().adopt("s.new", {"s.old", "s.older"})));
    mark("s.new", "k", {1, 8});
    EXPECT_EQ(mark_of("s.new", "k"), (sequence{1, 8}));
    reopen();
    EXPECT_EQ(mark_of("s.new", "k"), (sequence{1, 8})) << "what was written since is its own";
}

TEST_P(store_waiting, ParkingAgainReplaces)
{
    park("s.a", "k", {1, 2}, 100);
    park("s.a", "k", {1, 2}, 200);
    auto all = wait(at().parked({}, {}, 10)).value();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].next_at, 200);
}

TEST_P(store_waiting, ParkedEventsAreOrderedFilteredAndPaged)
{
    park("s.b", "k", {1, 1}, -1);
    park("s.a", "l", {1, 3}, 300);
    park("s.a", "k", {2, 1}, 100);
    park("s.a", "k", {1, 10}, 200);
    park("s.a", "k", {1, 9}, -1);
    EXPECT_THAT(parked(), ElementsAre("s.a k 1.9", "s.a k 1.10", "s.a k 2.1", "s.a l 1.3", "s.b k 1.1"));
    EXPECT_THAT(parked({.subscription = "s.a"}), ElementsAre("s.a k 1.9", "s.a k 1.10", "s.a k 2.1", "s.a l 1.3"));
    EXPECT_THAT(parked({.key = "k"}), ElementsAre("s.a k 1.9", "s.a k 1.10", "s.a k 2.1", "s.b k 1.1"));
    EXPECT_THAT(parked({.subscription = "s.a", .key = "k"}), ElementsAre("s.a k 1.9", "s.a k 1.10", "s.a k 2.1"));
    EXPECT_THAT(parked({.due_before = 200}), ElementsAre("s.a k 1.10", "s.a k 2.1"));
    EXPECT_THAT(parked({.subscription = "s.a", .key = "k", .due_before = 100}), ElementsAre("s.a k 2.1"));
    EXPECT_THAT(parked({.dead_only = true}), ElementsAre("s.a k 1.9", "s.b k 1.1"));
    EXPECT_THAT(parked({.subscription = "s.a", .key = "k", .dead_only = true}), ElementsAre("s.a k 1.9"));

    for (parked_filter f :
         {parked_filter{}, parked_filter{.subscription = "s.a"}, parked_filter{.subscription = "s.a", .key = "k"}}) {
        auto whole = parked(f);
        std::vector<std::string> by_pages;
        std::optional<parked_event> after;
        for (;;) {
            auto page = wait(at().parked(f, after, 2)).value();
            if (page.empty())
                break;
            after = page.back();
            for (auto& e : page)
                by_pages.push_back(e.subscription + " " + e.key + " " + std::to_string(e.sequence.epoch) + "." +
                                   std::to_string(e.sequence.counter));
        }
        EXPECT_EQ(by_pages, whole);
    }
    parked_event past_the_key{.subscription = "s.a", .key = "k", .sequence = {UINT32_MAX, INT64_MAX}};
    EXPECT_THAT(parked({.due_before = 1000}, past_the_key), ElementsAre("s.a l 1.3"));
    EXPECT_THAT(parked({.subscription = "s.a", .key = "k"}, past_the_key), IsEmpty());
}

TEST_P(store_waiting, UnparkingRemovesOneAndSaysWhenNoneIsLeft)
{
    park("s.a", "k", {1, 1});
    park("s.a", "k", {1, 2});
    ASSERT_TRUE(wait(at().unpark("s.a", "k", {1, 1})));
    EXPECT_THAT(parked(), ElementsAre("s.a k 1.2"));
    EXPECT_TRUE(at().may_have_parked("s.a"));
    ASSERT_TRUE(wait(at().unpark("s.a", "k", {1, 7}))) << "what is not there is gone";
    ASSERT_TRUE(wait(at().unpark("s.a", "k", {1, 2})));
    EXPECT_THAT(parked(), IsEmpty());
    EXPECT_FALSE(at().may_have_parked("s.a")) << "else every event pays for a look";
}

TEST_P(store_waiting, DueWorkIsListedByTimeAndLease)
{
    due("a", {{.id = "1", .at = 50}, {.id = "2", .at = 10, .lease_until = 40}});
    due("b", {{.id = "3", .at = 20}, {.id = "4", .at = -1, .lease_until = 5}});
    EXPECT_THAT(names(wait(at().due_before(39, 10))), ElementsAre("b/3@20"));
    EXPECT_THAT(names(wait(at().due_before(100, 10))), ElementsAre("b/3@20", "a/2@40", "a/1@50"));
    EXPECT_THAT(names(wait(at().due_before(100, 2))), ElementsAre("b/3@20", "a/2@40"));
    EXPECT_THAT(names(wait(at().exhausted(10))), ElementsAre("b/4@-1"));

    due("b", {{.id = "4", .at = -1}});
    due("a", {{.id = "2", .at = 15}});
    EXPECT_THAT(names(wait(at().due_before(100, 10))), ElementsAre("a/2@15"));
    reopen();
    EXPECT_THAT(names(wait(at().due_before(100, 10))), ElementsAre("a/2@15"));
    due("a", {});
    EXPECT_THAT(names(wait(at().exhausted(10))), ElementsAre("b/4@-1"));
}

TEST_P(store_waiting, ACommitThatDoesNotTouchDueWorkKeepsIt)
{
    due("a", {{.id = "1", .at = 50}});
    auto before = load("a");
    ASSERT_TRUE(commit({.id = "a", .expected = before.revision, .value = "v", .envelope = before.envelope}));
    EXPECT_THAT(names(wait(at().due_before(100, 10))), ElementsAre("a/1@50"));
}

TEST_P(store_waiting, CountersAreListedByKeyAndPaged)
{
    publish("c", "t", 2);
    publish("a", "t", 3);
    publish("b", "u", 1);
    put("d", "never published");
    auto first = wait(at().counters(0, "t", "", 1)).value();
    ASSERT_EQ(first.size(), 1u);
    EXPECT_EQ(first[0].key, "a");
    EXPECT_EQ(first[0].sequence, (sequence{1, 3}));
    auto rest = wait(at().counters(0, "t", "a", 10)).value();
    ASSERT_EQ(rest.size(), 1u);
    EXPECT_EQ(rest[0].key, "c");
    EXPECT_EQ(rest[0].sequence, (sequence{1, 2}));
    EXPECT_TRUE(wait(at().counters(1, "t", "", 10)).value().empty());
}

TEST_P(store_waiting, MarksAreListedByKeyAndPaged)
{
    edm::commit c{.id = "a", .value = "v", .envelope = {}};
    c.marks = {{"s.a", "k3", {1, 3}}, {"s.a", "k1", {1, 1}}, {"s.b", "k2", {1, 2}}};
    ASSERT_TRUE(commit(c));
    edm::commit d{.id = "b", .value = "v", .envelope = {}};
    d.marks = {{"s.a", "k2", {2, 2}}};
    ASSERT_TRUE(commit(d));
    std::vector<std::string> seen;
    std::string after;
    for (;;) {
        auto page = wait(at().marks("s.a", after, 2)).value();
        if (page.empty())
            break;
        for (auto& m : page) {
            EXPECT_EQ(m.subscription, "s.a");
            seen.push_back(m.key + "=" + m.sequence.text());
            after = m.key;
        }
    }
    EXPECT_THAT(seen,
                ElementsAre("k1=0000000001.000000000001", "k2=0000000002.000000000002", "k3=0000000001.000000000003"));
    EXPECT_TRUE(wait(at().marks("s.never", "", 9)).value().empty());

    edm::commit e{.id = "c", .value = "v", .envelope = {}};
    e.marks = {
        {"s.c", "b", {1, 1}}, {"s.c", "B", {1, 1}}, {"s.c", "a", {1, 1}}, {"s.c", "é", {1, 1}}, {"s.c", "_", {1, 1}}};
    ASSERT_TRUE(commit(e));
    std::vector<std::string> in_bytes;
    for (auto& m : wait(at().marks("s.c", "", 9)).value())
        in_bytes.push_back(m.key);
    EXPECT_THAT(in_bytes, ElementsAre("B", "_", "a", "b", "é"));
    EXPECT_EQ(wait(at().marks("s.c", "_", 9)).value().size(), 3u) << "after a key, in the same order";
}

} // namespace

} // namespace edm::conformance
