#include "document_cache.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace edm::store_sqlite {

namespace {

constexpr std::size_t plenty = 1 << 20;

sequence counter_of(const loaded& document)
{
    const auto& all = document.envelope.counters;
    return all.size() == 1 ? sequence{all[0].epoch, all[0].counter} : sequence{};
}

edm::commit write(std::string id, std::string value, db_id db = 0)
{
    return {.db = db, .id = std::move(id), .value = std::move(value), .envelope = {}};
}

/// What is found: the value, "(erased)", or "(not held)".
std::string value_of(document_cache& c, std::string_view id, const mark_key& mark = {}, db_id db = 0)
{
    auto found = c.find(db, id, mark);
    if (!found)
        return "(not held)";
    return found->value.value_or("(erased)");
}

/// How many of `count` documents `d0`, `d1`, … are held.
std::size_t held(document_cache& c, std::size_t count)
{
    std::size_t n = 0;
    for (std::size_t i = 0; i != count; ++i)
        n += c.find(0, "d" + std::to_string(i), {}).has_value();
    return n;
}

TEST(document_cache, HoldsADocumentAsItsLastCommitLeftIt)
{
    document_cache c(plenty);
    EXPECT_EQ(value_of(c, "a"), "(not held)");
    auto first = write("a", "one");
    first.envelope.counters = {{"t", 1, 7}};
    first.envelope.due = {{.id = "mail", .kind = "send", .at = 5, .payload = "{}"}};
    c.put(first, "1");
    auto found = c.find(0, "a", {});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->value, "one");
    EXPECT_EQ(found->revision, "1");
    EXPECT_EQ(counter_of(*found), (sequence{1, 7}));
    ASSERT_EQ(found->envelope.due.size(), 1u);
    c.put(write("a", "two"), "2");
    found = c.find(0, "a", {});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->value, "two");
    EXPECT_EQ(found->revision, "2");
    EXPECT_TRUE(found->envelope.due.empty());
}

TEST(document_cache, DatabasesDoNotShareIds)
{
    document_cache c(plenty);
    c.put(write("a", "of 0", 0), "1");
    c.put(write("a", "of 256", 256), "1");
    EXPECT_EQ(value_of(c, "a", {}, 0), "of 0");
    EXPECT_EQ(value_of(c, "a", {}, 1), "(not held)");
    EXPECT_EQ(value_of(c, "a", {}, 256), "of 256");
}

TEST(document_cache, AnErasedDocumentIsHeldAsErased)
{
    document_cache c(plenty);
    c.put(write("a", "one"), "1");
    auto erase = edm::commit{.id = "a", .expected = "1", .value = erase_value{}, .envelope = {}};
    erase.envelope.counters = {{"t", 1, 2}};
    c.put(erase, "2");
    auto found = c.find(0, "a", {});
    ASSERT_TRUE(found);
    EXPECT_FALSE(found->value);
    EXPECT_EQ(found->revision, "2");
    EXPECT_EQ(counter_of(*found), (sequence{1, 2})) << "counters outlive the value";
    c.put(write("a", "again"), "3");
    EXPECT_EQ(value_of(c, "a"), "again");
}

TEST(document_cache, AKeptValueStaysAndRevisionAndEnvelopeChange)
{
    document_cache c(plenty);
    c.put(write("a", "one"), "1");
    auto keep = edm::commit{.id = "a", .expected = "1", .value = keep_value{}, .envelope = {}};
    keep.envelope.counters = {{"t", 1, 1}};
    c.put(keep, "2");
    auto found = c.find(0, "a", {});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->value, "one");
    EXPECT_EQ(found->revision, "2");
    EXPECT_EQ(counter_of(*found), (sequence{1, 1}));
}

TEST(document_cache, AKeptValueThatWasNeverSeenIsNotInvented)
{
    document_cache c(plenty);
    auto keep = edm::commit{.id = "a", .expected = "4", .value = keep_value{}, .envelope = {}};
    keep.marks = {{"s.view", "k", {1, 3}}};
    c.put(keep, "5");
    EXPECT_EQ(value_of(c, "a"), "(not held)") << "held as if it had no value";
    EXPECT_EQ(value_of(c, "a", {"s.view", "k"}), "(not held)");
}

TEST(document_cache, AMarkIsFoundForItsOwnSubscriptionAndKeyAlone)
{
    document_cache c(plenty);
    auto one = write("a", "one");
    one.marks = {{"s.view", "k", {1, 3}}};
    c.put(one, "1");
    auto found = c.find(0, "a", {"s.view", "k"});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->mark, (sequence{1, 3}));
    EXPECT_FALSE(c.find(0, "a", {"s.view", "other"})) << "whose mark is on disk, perhaps";
    EXPECT_FALSE(c.find(0, "a", {"s.other", "k"}));
    EXPECT_FALSE(c.find(0, "a", {"s.vie", "wk"}));
    found = c.find(0, "a", {});
    ASSERT_TRUE(found) << "without a mark the document is enough";
    EXPECT_EQ(found->mark, sequence{});
}

TEST(document_cache, AMarkThatAnotherDocumentsCommitMovedIsTheNewerOne)
{
    document_cache c(plenty);
    auto one = write("a", "one");
    one.marks = {{"s.view", "k", {1, 1}}};
    c.put(one, "1");
    auto other = write("b", "two");
    other.marks = {{"s.view", "k", {1, 2}}, {"s.view", "l", {1, 9}}};
    c.put(other, "1");
    EXPECT_EQ(c.find(0, "a", {"s.view", "k"})->mark, (sequence{1, 2}));
    EXPECT_EQ(c.find(0, "b", {"s.view", "l"})->mark, (sequence{1, 9}));
}

TEST(document_cache, WhatIsHeldStaysBelowTheBound)
{
    constexpr std::size_t bound = 100'000, size = 1000, count = 1000;
    document_cache c(bound);
    for (std::size_t i = 0; i != count; ++i) {
        c.put(write("d" + std::to_string(i), std::string(size, 'x')), "1");
        if (i % 100 == 99)
            EXPECT_LE(held(c, count) * size, bound);
    }
    EXPECT_GE(held(c, count) * size, bound / 4) << "what was used last is held";
    EXPECT_EQ(value_of(c, "d999"), std::string(size, 'x'));
    EXPECT_EQ(value_of(c, "d0"), "(not held)");
}

TEST(document_cache, MarksCountToo)
{
    document_cache c(20'000);
    for (int i = 0; i != 1000; ++i) {
        auto one = write("a", "v");
        one.marks = {{"s.view", "k" + std::to_string(i), {1, 1}}};
        c.put(one, std::to_string(i));
    }
    std::size_t marks = 0;
    for (int i = 0; i != 1000; ++i)
        marks += c.find(0, "a", {"s.view", "k" + std::to_string(i)}).has_value();
    EXPECT_LT(marks, 200u);
    EXPECT_GT(marks, 10u);
}

TEST(document_cache, EnvelopesCountToo)
{
    document_cache c(200'000);
    for (std::size_t i = 0; i != 100; ++i) {
        auto one = write("d" + std::to_string(i), "v");
        one.envelope.due = {{.id = "mail", .payload = std::string(20'000, 'x')}};
        c.put(one, "1");
    }
    EXPECT_LE(held(c, 100), 10u);
    EXPECT_GE(held(c, 100), 2u);
}

TEST(document_cache, ADocumentThatIsUsedIsKeptLongerThanOnesThatAreNot)
{
    document_cache c(100'000);
    c.put(write("hot", "h"), "1");
    for (std::size_t i = 0; i != 1000; ++i) {
        c.put(write("d" + std::to_string(i), std::string(1000, 'x')), "1");
        ASSERT_EQ(value_of(c, "hot"), "h") << i;
    }
}

TEST(document_cache, AnEvictedDocumentDoesNotComeBackByAKeptValueOrAMark)
{
    document_cache c(20'000);
    auto one = write("a", "one");
    one.marks = {{"s.view", "k", {1, 1}}};
    c.put(one, "1");
    for (std::size_t i = 0; i != 100; ++i)
        c.put(write("d" + std::to_string(i), std::string(1000, 'x')), "1");
    ASSERT_EQ(value_of(c, "a"), "(not held)");
    auto keep = edm::commit{.id = "a", .expected = "1", .value = keep_value{}, .envelope = {}};
    keep.marks = {{"s.view", "k", {1, 2}}};
    c.put(keep, "2");
    EXPECT_EQ(value_of(c, "a"), "(not held)");
    EXPECT_EQ(value_of(c, "a", {"s.view", "k"}), "(not held)");
    c.put(write("a", "three"), "3");
    auto found = c.find(0, "a", {"s.view", "k"});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->mark, (sequence{1, 2})) << "never an older mark than the document's";
}

TEST(document_cache, AnOldGenerationsDocumentIsChangedInPlace)
{
    document_cache c(20'000);
    c.put(write("a", "one"), "1");
    for (std::size_t i = 0; i != 9; ++i) // fills one generation, so that `a` is in the one before
        c.put(write("d" + std::to_string(i), std::string(1000, 'x')), "1");
    c.put(write("a", "two"), "2");
    EXPECT_EQ(value_of(c, "a"), "two") << "the one of the old generation must not show";
}

/// A read of `id` that finds this, with nothing between.
void read(document_cache& c, std::string_view id, const loaded& found, const mark_key& mark = {})
{
    auto before = c.before_read();
    ASSERT_TRUE(before);
    c.keep(*before, 0, id, mark, found);
}

TEST(document_cache, WhatAReadFoundIsHeldWithItsMark)
{
    document_cache c(plenty);
    read(c, "a", {.revision = "4", .value = "one", .envelope = {}, .mark = {2, 3}}, {"s.view", "k"});
    auto found = c.find(0, "a", {"s.view", "k"});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->value, "one");
    EXPECT_EQ(found->revision, "4");
    EXPECT_EQ(found->mark, (sequence{2, 3}));
    EXPECT_EQ(value_of(c, "a", {"s.view", "other"}), "(not held)");
    auto unmarked = c.find(0, "a", {});
    ASSERT_TRUE(unmarked);
    EXPECT_EQ(unmarked->mark, sequence{}) << "nobody asked for a mark";
}

TEST(document_cache, ThatThereIsNoDocumentIsHeldUntilThereIsOne)
{
    document_cache c(plenty);
    read(c, "a", {});
    auto found = c.find(0, "a", {});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->value, std::nullopt);
    EXPECT_EQ(found->revision, revision{});
    auto keep = edm::commit{.id = "a", .value = keep_value{}, .envelope = {}};
    c.put(keep, "1");
    found = c.find(0, "a", {});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->value, std::nullopt);
    EXPECT_EQ(found->revision, "1");
    c.put(write("a", "one"), "2");
    EXPECT_EQ(value_of(c, "a"), "one");
}

TEST(document_cache, AReadThatACommitCameBetweenIsNotKept)
{
    document_cache c(plenty);
    auto before = c.before_read();
    ASSERT_TRUE(before);
    c.unsettle();
    EXPECT_FALSE(c.before_read()) << "the file may be ahead of what is held";
    c.keep(*before, 0, "a", {}, {.revision = "1", .value = "old", .envelope = {}});
    EXPECT_EQ(value_of(c, "a"), "(not held)");
    c.put(write("b", "new"), "2");
    c.settle();
    c.keep(*before, 0, "a", {"s.view", "k"}, {.revision = "1", .value = "old", .envelope = {}, .mark = {1, 1}});
    EXPECT_EQ(value_of(c, "a"), "(not held)");
    c.put(write("a", "new"), "2");
    EXPECT_EQ(value_of(c, "a", {"s.view", "k"}), "(not held)") << "nor its mark";
    read(c, "c", {.revision = "1", .value = "one", .envelope = {}});
    EXPECT_EQ(value_of(c, "c"), "one");
}

TEST(document_cache, AReadThatAClearingCameBetweenIsNotKept)
{
    document_cache c(plenty);
    auto before = c.before_read();
    ASSERT_TRUE(before);
    c.clear();
    c.keep(*before, 0, "a", {}, {.revision = "1", .value = "old", .envelope = {}});
    EXPECT_EQ(value_of(c, "a"), "(not held)");
}

TEST(document_cache, AReadLeavesWhatIsHeldAlone)
{
    document_cache c(plenty);
    c.put(write("a", "committed"), "2");
    read(c, "a", {.revision = "1", .value = "older", .envelope = {}});
    EXPECT_EQ(value_of(c, "a"), "committed");
}

TEST(document_cache, WhatReadsFindStaysBelowTheBoundToo)
{
    constexpr std::size_t bound = 100'000;
    document_cache c(bound);
    for (std::size_t i = 0; i != 1000; ++i)
        read(c, "d" + std::to_string(i), {.revision = "1", .value = std::string(1000, 'x'), .envelope = {}});
    EXPECT_LE(held(c, 1000) * 1000, bound);
    EXPECT_GE(held(c, 1000) * 1000, bound / 4);
    document_cache off(0);
    EXPECT_FALSE(off.before_read());
}

TEST(document_cache, ClearedItHoldsNothing)
{
    document_cache c(20'000);
    auto one = write("old", "one");
    one.marks = {{"s.view", "k", {1, 1}}};
    c.put(one, "1");
    for (std::size_t i = 0; i != 9; ++i) // fills one generation, so that `old` is in the one before
        c.put(write("d" + std::to_string(i), std::string(1000, 'x')), "1");
    c.put(write("young", "one"), "1");
    c.clear();
    EXPECT_EQ(value_of(c, "old"), "(not held)");
    EXPECT_EQ(value_of(c, "young"), "(not held)");
    c.put(write("old", "two"), "2");
    EXPECT_EQ(value_of(c, "old", {"s.view", "k"}), "(not held)") << "the mark was cleared as well";
    EXPECT_EQ(value_of(c, "old"), "two");
}

TEST(document_cache, WithoutRoomItIsOff)
{
    document_cache c(0);
    c.put(write("a", "one"), "1");
    EXPECT_EQ(value_of(c, "a"), "(not held)");
}

TEST(document_cache, ADocumentLargerThanTheBoundIsGoneAtTheNextTurn)
{
    document_cache c(10'000);
    c.put(write("big", std::string(50'000, 'x')), "1");
    c.put(write("next", std::string(6000, 'x')), "1");
    EXPECT_EQ(value_of(c, "big"), "(not held)");
    EXPECT_EQ(value_of(c, "next").size(), 6000u);
}

} // namespace

} // namespace edm::store_sqlite
