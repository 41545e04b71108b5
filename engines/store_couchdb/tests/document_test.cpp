#include "document.hpp"

#include <gtest/gtest.h>

namespace edm::store_couchdb {

namespace {

std::vector<std::string> itself(const std::string& name)
{
    return {name};
}

commit change(std::string value)
{
    return {.id = "k", .value = std::move(value), .envelope = {}};
}

TEST(Document, IsReadAsItWasWritten)
{
    auto c = change(R"({"price":250,"name":"Fish \"n\" chips"})");
    c.envelope.schema = 3;
    c.envelope.counters = {{"t", 2, 7}};
    c.envelope.due = {{.id = "mail", .kind = "k", .at = 5, .payload = "{}"}};
    c.index = {{"colour", "red"}};
    c.marks = {{"s.a", "k", {1, 4}}};
    c.events.push_back(std::make_shared<recorded_event>(recorded_event{"t", "k", {2, 7}, false, R"({"id":"x"})"}));
    auto d = read_document(write_document(apply({}, c, "c1", 99, itself))).value();
    EXPECT_EQ(id_of(d), "k");
    EXPECT_EQ(d.revision(), "c1");
    auto seen = view(d, {"s.a"}, "k");
    EXPECT_EQ(seen.value, R"({"price":250,"name":"Fish \"n\" chips"})");
    EXPECT_EQ(seen.mark, (sequence{1, 4}));
    EXPECT_EQ(seen.envelope.schema, 3);
    EXPECT_EQ(seen.envelope.counter("t"), (sequence{2, 7}));
    ASSERT_EQ(seen.envelope.due.size(), 1u);
    EXPECT_EQ(seen.envelope.due[0].id, "mail");
    ASSERT_EQ(d.pending.size(), 1u);
    EXPECT_EQ(d.pending[0].bytes, R"({"id":"x"})");
    EXPECT_EQ(d.pending[0].at, 99);
}

TEST(Document, HasAFormThatStays)
{
    auto c = change(R"({"a":1})");
    c.marks = {{"s.a", "k", {1, 4}}};
    EXPECT_EQ(
        write_document(apply({}, c, "c1", 0, itself)),
        R"({"_id":"d:k","value":{"a":1},"schema":1,"commits":["c1"],"marks":{"s.a":{"k":"0000000001.000000000004"}}})");
}

TEST(Document, AMarkUnderAFormerNameGivesWayToThePresentOne)
{
    auto old = change("{}");
    old.marks = {{"s.old", "k", {1, 4}}};
    auto d = apply({}, old, "c1", 0, itself);
    EXPECT_EQ(view(d, {"s.new", "s.old"}, "k").mark, (sequence{1, 4}));
    auto now = change("{}");
    now.marks = {{"s.new", "k", {1, 5}}};
    d = apply(d, now, "c2", 0, [](const std::string&) { return std::vector<std::string>{"s.new", "s.old"}; });
    EXPECT_EQ(d.marks.size(), 1u);
    EXPECT_EQ(view(d, {"s.new", "s.old"}, "k").mark, (sequence{1, 5}));
}

TEST(Document, ACommitIsToldFromOthersByItsId)
{
    EXPECT_EQ(compare(nullptr, "", "mine"), standing::before);
    EXPECT_EQ(compare(nullptr, "c1", "mine"), standing::conflict) << "it must be there";
    document d;
    d.commits = {"c1"};
    EXPECT_EQ(compare(&d, "c1", "mine"), standing::before);
    EXPECT_EQ(compare(&d, "", "mine"), standing::conflict) << "it must not be there";
    d.commits = {"c1", "mine"};
    EXPECT_EQ(compare(&d, "c1", "mine"), standing::stored);
    d.commits = {"c1", "mine", "c3"};
    EXPECT_EQ(compare(&d, "c1", "mine"), standing::stored) << "others came after it";
    d.commits = {"c1", "c2"};
    EXPECT_EQ(compare(&d, "c1", "mine"), standing::conflict) << "another took its place";
}

TEST(Document, AfterTooManyCommitsNobodyCanTell)
{
    document d;
    for (int i = 1; i != 12; ++i)
        d = apply(d, change("{}"), "c" + std::to_string(i), 0, itself);
    EXPECT_EQ(d.commits.size(), 8u);
    EXPECT_EQ(compare(&d, "c1", "mine"), standing::untold);
    EXPECT_EQ(compare(&d, "c5", "mine"), standing::conflict);
    EXPECT_EQ(compare(&d, "c5", "c6"), standing::stored);
}

TEST(Document, WhatIsNoDocumentOfOursIsRefused)
{
    EXPECT_EQ(read_document("nonsense").error(), store_failure::away);
    EXPECT_EQ(read_document(R"({"_id":7})").error(), store_failure::away);
}

} // namespace

} // namespace edm::store_couchdb
