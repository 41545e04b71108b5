#include "store_fixture.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

namespace edm::conformance {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr mark_key by_reader{"reader.all", "k"};

TEST_P(store_conformance, AnAbsentDocumentHasNeitherRevisionNorValue)
{
    auto none = load("nobody", by_reader);
    EXPECT_EQ(none.revision, "");
    EXPECT_FALSE(none.value);
    EXPECT_EQ(none.mark, sequence{});
    EXPECT_EQ(none.envelope.counter("t"), sequence{});
}

TEST_P(store_conformance, WhatIsCommittedIsLoaded)
{
    auto revision = put("a", "{\"x\":1}");
    auto found = load("a");
    EXPECT_EQ(found.revision, revision);
    EXPECT_EQ(found.value, "{\"x\":1}");
    EXPECT_EQ(load("a", {}, 1).revision, "") << "another database has other documents";
}

TEST_P(store_conformance, AnEmptyValueIsNotAnErasedOne)
{
    put("a", "");
    EXPECT_EQ(load("a").value, "");
    auto done = commit({.id = "a", .expected = load("a").revision, .value = erase_value{}, .envelope = {}});
    ASSERT_TRUE(done);
    auto erased = load("a");
    EXPECT_FALSE(erased.value);
    EXPECT_EQ(erased.revision, *done);
    EXPECT_NE(erased.revision, "") << "an erased document still exists";
}

TEST_P(store_conformance, ErasingKeepsCountersDueWorkAndMarks)
{
    edm::commit c{.id = "a", .value = "v", .envelope = {.schema = 3, .counters = {{"t", 1, 7}, {"u", 2, 1}}}};
    c.envelope.due.push_back({.id = "mail",
                              .kind = "k",
                              .at = 5,
                              .lease_until = 9,
                              .attempts = 2,
                              .payload = "{\"p\":1}",
                              .traceparent = "tp",
                              .reason = "why"});
    c.due_changed = true;
    c.marks.push_back({"reader.all", "k", {1, 4}});
    ASSERT_TRUE(commit(c));
    auto before = load("a");
    ASSERT_TRUE(commit({.id = "a", .expected = before.revision, .value = erase_value{}, .envelope = before.envelope}));
    auto after = load("a", by_reader);
    EXPECT_FALSE(after.value);
    EXPECT_EQ(after.mark, (sequence{1, 4}));
    EXPECT_EQ(after.envelope.schema, 3);
    EXPECT_EQ(after.envelope.counter("t"), (sequence{1, 7}));
    EXPECT_EQ(after.envelope.counter("u"), (sequence{2, 1}));
    ASSERT_EQ(after.envelope.due.size(), 1u);
    const auto& due = after.envelope.due[0];
    EXPECT_EQ(std::tie(due.id, due.kind, due.payload, due.traceparent, due.reason),
              std::make_tuple("mail", "k", "{\"p\":1}", "tp", "why"));
    EXPECT_EQ(std::make_tuple(due.at, due.lease_until, due.attempts), std::make_tuple(5, 9, 2));
}

TEST_P(store_conformance, AKeptValueStays)
{
    put("a", "v");
    auto before = load("a");
    ASSERT_TRUE(commit({.id = "a", .expected = before.revision, .value = keep_value{}, .envelope = {}}));
    EXPECT_EQ(load("a").value, "v");
    EXPECT_NE(load("a").revision, before.revision);
}

TEST_P(store_conformance, ACommitOnAnotherRevisionIsAConflictThatStoresNothing)
{
    auto first = put("a", "1");
    put("a", "2");
    edm::commit late{.id = "a", .expected = first, .value = "3", .envelope = {}};
    late.events.push_back(some_event("t", "a", 1));
    late.marks.push_back({"reader.all", "k", {1, 1}});
    EXPECT_EQ(commit(late).error(), store_failure::conflict);
    late.expected.clear();
    EXPECT_EQ(commit(late).error(), store_failure::conflict) << "it must not exist, and does";
    late.id = "b";
    late.expected = first;
    EXPECT_EQ(commit(late).error(), store_failure::conflict) << "it must exist, and does not";
    EXPECT_EQ(load("a", by_reader).value, "2");
    EXPECT_EQ(load("a", by_reader).mark, sequence{});
    EXPECT_EQ(at().tail(), 0u);
    EXPECT_TRUE(wait(at().pending(0, 10)).value().empty());
}

TEST_P(store_conformance, AMarkIsWrittenWithItsCommit)
{
    edm::commit c{.id = "a", .value = "v", .envelope = {}};
    c.marks = {{"reader.all", "k", {1, 1}}, {"reader.all", "l", {1, 5}}, {"reader.other", "k", {2, 9}}};
    ASSERT_TRUE(commit(c));
    EXPECT_EQ(load("a", {"reader.all", "k"}).mark, (sequence{1, 1}));
    EXPECT_EQ(load("a", {"reader.all", "l"}).mark, (sequence{1, 5}));
    EXPECT_EQ(load("a", {"reader.other", "k"}).mark, (sequence{2, 9}));
    EXPECT_EQ(load("a", {"reader.other", "l"}).mark, sequence{});
    c.expected = load("a").revision;
    c.marks = {{"reader.all", "k", {1, 2}}};
    ASSERT_TRUE(commit(c));
    EXPECT_EQ(load("a", by_reader).mark, (sequence{1, 2}));
}

TEST_P(store_conformance, EventsArePendingInCommitOrderAndByPages)
{
    auto hints = std::make_shared<std::atomic<int>>(0);
    at().on_committed([hints] { ++*hints; });
    publish("a", "t", 3);
    publish("b", "u", 2);
    publish("a", "t", 2);
    std::vector<std::string> seen;
    std::uint64_t position = 0;
    for (;;) {
        auto page = wait(at().pending(position, 2)).value();
        if (page.empty())
            break;
        EXPECT_LE(page.size(), 2u);
        for (auto& one : page) {
            EXPECT_GT(one.position, position);
            position = one.position;
            seen.push_back(one.event->bytes);
            EXPECT_EQ(one.event->topic + one.event->key + std::to_string(one.event->sequence.counter),
                      one.event->bytes);
        }
    }
    EXPECT_THAT(seen, ElementsAre("ta1", "ta2", "ta3", "ub1", "ub2", "ta4", "ta5"));
    EXPECT_EQ(position, at().tail());
    std::vector<std::string> of_a;
    for (auto& one : wait(at().history("a", 3)).value())
        of_a.push_back(one.event->bytes);
    EXPECT_THAT(of_a, ElementsAre("ta1", "ta2", "ta3"));
    close();
    EXPECT_EQ(hints->load(), 7) << "one for each group that held events";
}

TEST_P(store_conformance, TakingPendingEventsNeedsNoMoreOfTheRevisionThanEquality)
{
    publish("a", "t", 1);
    wait(at().pending(0, 10));
    auto now = load("a");
    auto again = load("a");
    EXPECT_EQ(now.revision, again.revision);
    EXPECT_TRUE(commit({.id = "a", .expected = now.revision, .value = "v", .envelope = now.envelope}));
    EXPECT_EQ(load("a").envelope.counter("t"), (sequence{1, 1}));
}

TEST_P(store_conformance, CommitsSentTogetherAreIndependent)
{
    auto a = put("a", "1");
    std::vector<edm::commit> many;
    many.push_back({.id = "a", .expected = a, .value = "2", .envelope = {}});
    many.push_back({.id = "b", .expected = "17", .value = "2", .envelope = {}});
    many.push_back({.id = "c", .value = "2", .envelope = {}});
    many.back().events.push_back(some_event("t", "c", 1));
    auto outcomes = wait(at().commit_many(many));
    ASSERT_EQ(outcomes.size(), 3u);
    EXPECT_TRUE(outcomes[0]);
    EXPECT_EQ(outcomes[1].error(), store_failure::conflict);
    EXPECT_TRUE(outcomes[2]);
    EXPECT_EQ(load("a").revision, *outcomes[0]);
    EXPECT_EQ(load("b").revision, "");
    EXPECT_EQ(wait(at().pending(0, 10)).value().size(), 1u);
    EXPECT_TRUE(wait(at().commit_many({})).empty());
}

TEST_P(store_conformance, ManyMoreCommitsThanAGroupHolds)
{
    std::vector<edm::commit> many;
    for (int i = 0; i != 2500; ++i)
        many.push_back({.id = "d" + std::to_string(i), .value = "v", .envelope = {}});
    auto outcomes = wait(at().commit_many(std::move(many)));
    EXPECT_TRUE(std::all_of(outcomes.begin(), outcomes.end(), [](const auto& o) { return o.has_value(); }));
    EXPECT_EQ(load("d2499").value, "v");
}

TEST_P(store_conformance, AScanGoesInTheOrderOfTheIds)
{
    for (auto* id : {"b", "é", "a", "B", "日本", "a/b c", "_x"})
        put(id, id);
    ASSERT_TRUE(commit({.db = 1, .id = "aa", .value = "other", .envelope = {}}));
    ASSERT_TRUE(
        commit({.id = "b", .expected = load("b").revision, .value = erase_value{}, .envelope = {}, .indexed = true}));
    EXPECT_THAT(ids(wait(at().scan(0, "", 4))), ElementsAre("B", "_x", "a", "a/b c"));
    auto rest = wait(at().scan(0, "a/b c", 10));
    EXPECT_THAT(ids(rest), ElementsAre("b", "é", "日本"));
    EXPECT_FALSE(rest->front().document.value) << "erased ones are listed, without a value";
    EXPECT_EQ(rest->back().document.value, "日本");
    EXPECT_EQ(rest->back().document.revision, load("日本").revision);
    EXPECT_THAT(ids(wait(at().scan(0, "日本", 10))), IsEmpty());
}

TEST_P(store_conformance, AnIndexFollowsItsDocuments)
{
    put("a", "1", {{"colour", "red"}, {"size", "s"}});
    put("c", "2", {{"colour", "red"}, {"size", "m"}});
    put("b", "3", {{"colour", "red"}, {"size", "s"}});
    put("d", "4", {{"colour", "blue"}});
    EXPECT_THAT(ids(wait(at().find(0, "colour", "red", "", 2))), ElementsAre("a", "b"));
    EXPECT_THAT(ids(wait(at().find(0, "colour", "red", "b", 2))), ElementsAre("c"));
    put("B", "6", {{"colour", "green"}});
    put("a/", "7", {{"colour", "green"}});
    EXPECT_THAT(ids(wait(at().find(0, "colour", "green", "", 9))), ElementsAre("B", "a/")) << "in the order of bytes";
    EXPECT_THAT(ids(wait(at().find(0, "colour", "green", "B", 9))), ElementsAre("a/"));
    EXPECT_THAT(ids(wait(at().find(0, "size", "s", "", 9))), ElementsAre("a", "b"));
    EXPECT_THAT(ids(wait(at().find(0, "size", "red", "", 9))), IsEmpty());
    EXPECT_THAT(ids(wait(at().find(0, "shape", "red", "", 9))), IsEmpty());
    EXPECT_THAT(ids(wait(at().find(1, "colour", "red", "", 9))), IsEmpty());

    put("b", "5", {{"colour", "blue"}});
    EXPECT_THAT(ids(wait(at().find(0, "colour", "red", "", 9))), ElementsAre("a", "c"));
    EXPECT_THAT(ids(wait(at().find(0, "colour", "blue", "", 9))), ElementsAre("b", "d"));
    EXPECT_THAT(ids(wait(at().find(0, "size", "s", "", 9))), ElementsAre("a"));
    ASSERT_TRUE(
        commit({.id = "d", .expected = load("d").revision, .value = keep_value{}, .envelope = {}, .indexed = true}));
    EXPECT_THAT(ids(wait(at().find(0, "colour", "blue", "", 9))), ElementsAre("b", "d"))
        << "a kept value keeps its index";
    ASSERT_TRUE(
        commit({.id = "d", .expected = load("d").revision, .value = erase_value{}, .envelope = {}, .indexed = true}));
    EXPECT_THAT(ids(wait(at().find(0, "colour", "blue", "", 9))), ElementsAre("b"));
}

TEST_P(store_conformance, LargeDocumentsAndStrangeIds)
{
    std::string large(3'000'000, 'x');
    large[7] = '\0';
    std::string strange("a\0b'\";--\xf0\x9f\x8d\x9d", 12);
    put(strange, large);
    EXPECT_EQ(load(strange).value, large);
    reopen();
    EXPECT_EQ(load(strange).value, large);
    EXPECT_EQ(load("a").revision, "") << "an id does not end at a NUL";
    EXPECT_THAT(ids(wait(at().scan(0, "", 9))), ElementsAre(strange));
}

TEST_P(store_conformance, NotesAreRememberedAndTheLastOneWins)
{
    EXPECT_FALSE(at().noted("cursor/a"));
    at().note("cursor/a", 5);
    EXPECT_EQ(at().noted("cursor/a"), 5) << "known at once, durable later";
    ASSERT_TRUE(wait(at().note_now("cursor/a", 6)));
    EXPECT_EQ(at().noted("cursor/a"), 6);
    ASSERT_TRUE(wait(at().note_now("cursor/b", -3)));
    ASSERT_TRUE(wait(at().note_now("gone", 1)));
    at().note("gone", 2);
    ASSERT_TRUE(wait(at().note_now("gone", std::nullopt)));
    EXPECT_FALSE(at().noted("gone"));
    EXPECT_THAT(at().notes(), ElementsAre(std::pair{"cursor/a", 6}, std::pair{"cursor/b", -3}));
    reopen();
    EXPECT_THAT(at().notes(), ElementsAre(std::pair{"cursor/a", 6}, std::pair{"cursor/b", -3}));
}

TEST_P(store_conformance, ReopeningKeepsEverything)
{
    publish("a", "t", 2);
    put("a", "v", {{"colour", "red"}});
    auto before = load("a");
    edm::commit c{.id = "a", .expected = before.revision, .envelope = before.envelope};
    c.marks.push_back({"reader.all", "k", {1, 4}});
    ASSERT_TRUE(commit(c));
    ASSERT_TRUE(wait(
        at().park({.subscription = "reader.all", .key = "z", .sequence = {1, 2}, .event = some_event("t", "z", 2)})));
    at().note("cursor/x", 7);
    before = load("a", by_reader);
    auto tail = at().tail();
    auto epoch = at().epoch();
    reopen();
    auto after = load("a", by_reader);
    EXPECT_EQ(after.revision, before.revision);
    EXPECT_EQ(after.value, "v");
    EXPECT_EQ(after.mark, (sequence{1, 4}));
    EXPECT_EQ(after.envelope.counter("t"), (sequence{1, 2}));
    EXPECT_EQ(at().tail(), tail);
    EXPECT_EQ(at().epoch(), epoch);
    EXPECT_EQ(at().noted("cursor/x"), 7) << "an orderly end writes what was noted";
    EXPECT_TRUE(at().may_have_parked("reader.all"));
    EXPECT_EQ(wait(at().parked({}, {}, 10)).value().size(), 1u);
    EXPECT_EQ(wait(at().pending(0, 10)).value().size(), 2u);
    EXPECT_THAT(ids(wait(at().find(0, "colour", "red", "", 9))), ElementsAre("a"));
    publish("a", "t", 1);
    EXPECT_GT(at().tail(), tail) << "positions are never used again";
}

TEST_P(store_conformance, OfCommitsOnOneRevisionExactlyOneWins)
{
    constexpr int threads = 4, rounds = 30;
    put("shared", "0");
    std::atomic<int> wins = 0, failures = 0;
    std::vector<std::thread> workers;
    for (int t = 0; t != threads; ++t)
        workers.emplace_back([&, t] {
            for (int i = 0; i != rounds; ++i) {
                // Everyone counts the shared document up until it is through, and writes one of its own.
                for (;;) {
                    auto before = wait(at().load(0, "shared"));
                    if (!before) {
                        ++failures;
                        break;
                    }
                    auto next = std::to_string(std::stoi(*before->value) + 1);
                    auto done = wait(at().commit(
                        {.id = "shared", .expected = before->revision, .value = next, .envelope = before->envelope}));
                    if (done) {
                        ++wins;
                        break;
                    }
                    failures += done.error() != store_failure::conflict;
                }
                auto own = wait(
                    at().commit({.id = std::to_string(t) + "/" + std::to_string(i), .value = "own", .envelope = {}}));
                failures += !own;
            }
        });
    for (auto& w : workers)
        w.join();
    EXPECT_EQ(failures.load(), 0);
    EXPECT_EQ(wins.load(), threads * rounds);
    EXPECT_EQ(load("shared").value, std::to_string(threads * rounds));
    EXPECT_EQ(ids(wait(at().scan(0, "", 1000))).size(), 1u + threads * rounds);
}

} // namespace

} // namespace edm::conformance
