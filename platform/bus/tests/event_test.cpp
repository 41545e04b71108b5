#include <edm/bus/event.hpp>

#include <edm/core/environment.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace edm {

namespace {

TEST(Sequence, ItsTextSortsAsItself)
{
    EXPECT_EQ((sequence{1, 1}.text()), "0000000001.000000000001");
    EXPECT_EQ((sequence{1'732'000'000, 999'999'999'999}.text()), "1732000000.999999999999");
    std::vector<sequence> all{
        {1, 1}, {1, 2}, {1, 9}, {1, 10}, {1, 100'000}, {2, 1}, {10, 1}, {1'732'000'000, 1}, {UINT32_MAX, 5}};
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
    for (std::size_t i = 1; i != all.size(); ++i)
        EXPECT_LT(all[i - 1].text(), all[i].text());
    for (auto s : all)
        EXPECT_EQ(sequence::parse(s.text()), s);
}

TEST(Sequence, WhatIsNoneIsRefused)
{
    for (auto* text : {"", ".", "1", "1.", ".1", "1.1.1", "-1.1", "1.-1", "+1.1", " 1.1", "1.1 ", "1,1", "a.b", "0x1.1",
                       "4294967296.1", "1.18446744073709551616", "0000000001.00000000000a"})
        EXPECT_FALSE(sequence::parse(text)) << text;
    EXPECT_FALSE(sequence::parse(std::string_view{"1.1\0", 4}));
    EXPECT_EQ(sequence::parse("4294967295.18446744073709551615"), (sequence{UINT32_MAX, UINT64_MAX}));
}

TEST(Sequence, OneFollowsTheMarkOrStartsALaterEpoch)
{
    struct row
    {
        sequence next, mark;
        bool follows;
    };
    for (auto [next, mark, follows] : std::vector<row>{{{1, 1}, {}, true},
                                                       {{1, 2}, {}, false},
                                                       {{1, 5}, {1, 4}, true},
                                                       {{1, 4}, {1, 4}, false},
                                                       {{1, 3}, {1, 4}, false},
                                                       {{1, 6}, {1, 4}, false},
                                                       {{2, 1}, {1, 4}, true},
                                                       {{2, 5}, {1, 4}, false},
                                                       {{1, 5}, {2, 4}, false},
                                                       {{1, 1}, {2, 4}, false}})
        EXPECT_EQ(next.follows(mark), follows) << next.text() << " after " << mark.text();
}

event sample()
{
    return {.id = "0190d5a2-0000-7000-8000-000000000001",
            .source = "/edm/recipes/recipe-published/a%20b",
            .type = "edm.recipe-published.v1",
            .subject = "a b",
            .sequence = {1, 7},
            .baseline = false,
            .time = "2026-01-15T00:00:00.000Z",
            .traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            .data = R"({"price":234,"name":"Brötchen"})"};
}

void expect_same(const event& a, const event& b)
{
    EXPECT_EQ(a.id, b.id);
    EXPECT_EQ(a.source, b.source);
    EXPECT_EQ(a.type, b.type);
    EXPECT_EQ(a.subject, b.subject);
    EXPECT_EQ(a.sequence, b.sequence);
    EXPECT_EQ(a.baseline, b.baseline);
    EXPECT_EQ(a.time, b.time);
    EXPECT_EQ(a.traceparent, b.traceparent);
    EXPECT_EQ(a.data, b.data);
}

TEST(Event, TheWireFormatIsFrozen)
{
    EXPECT_EQ(
        encode_event(sample()),
        R"({"specversion":"1.0","id":"0190d5a2-0000-7000-8000-000000000001","source":"/edm/recipes/recipe-published/a%20b",)"
        R"("type":"edm.recipe-published.v1","subject":"a b","time":"2026-01-15T00:00:00.000Z",)"
        R"("datacontenttype":"application/json","sequence":"0000000001.000000000007",)"
        R"("traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",)"
        R"("data":{"price":234,"name":"Brötchen"}})");
}

TEST(Event, WhatIsEncodedDecodesTheSame)
{
    auto e = sample();
    expect_same(decode_event(encode_event(e)).value(), e);
    e.baseline = true;
    e.traceparent.clear();
    e.data.clear();
    expect_same(decode_event(encode_event(e)).value(), e);
    EXPECT_FALSE(decode_event(encode_event(e)).value().rebuild);
    e.rebuild = true;
    EXPECT_TRUE(decode_event(encode_event(e)).value().rebuild);
    e.subject = std::string{"quote\" back\\ line\n \xf0\x9f\x8d\x9d"} + '\0';
    expect_same(decode_event(encode_event(e)).value(), e);
    for (auto* data : {"null", "[]", "\"text\"", "1.50", "{\"a\":{\"b\":[1,2,{}]}}"}) {
        e.data = data;
        EXPECT_EQ(decode_event(encode_event(e)).value().data, data);
    }
}

TEST(Event, UnknownAttributesAreIgnoredAndAnyOrderIsRead)
{
    auto read =
        decode_event(R"( { "data" : {"x":1}, "futureattribute":{"deep":[1]}, "sequence":"0000000001.000000000002",
        "correlationid":"c", "subject":"k", "type":"edm.t.v1", "source":"/edm/s/t/k", "id":"1", "specversion":"1.0" } )");
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(read->subject, "k");
    EXPECT_EQ(read->sequence, (sequence{1, 2}));
    EXPECT_FALSE(read->baseline);
    EXPECT_EQ(read->data, R"({"x":1})");
}

TEST(Event, HostileInputIsRefusedWithASentence)
{
    auto whole = encode_event(sample());
    auto without = [&](std::string_view part, std::string_view by) {
        auto text = whole;
        auto at = text.find(part);
        EXPECT_NE(at, std::string::npos) << part;
        return text.replace(at, part.size(), by);
    };
    std::vector<std::string> bad{
        "",
        "null",
        "[]",
        "{}",
        "{",
        "\"text\"",
        whole + "x",
        whole + whole,
        without(R"("specversion":"1.0")", R"("specversion":"2.0")"),
        without(R"("specversion":"1.0",)", ""),
        without(R"("id":"0190d5a2-0000-7000-8000-000000000001")", R"("id":"")"),
        without(R"("subject":"a b")", R"("subject":7)"),
        without(R"("subject":"a b")", R"("subject":null)"),
        without("0000000001.000000000007", "7"),
        without(R"("sequence":"0000000001.000000000007")", R"("sequence":7)"),
        without(R"("data":)", R"("baseline":"yes","data":)"),
        without("Brötchen", "Br\xff"),
        without(R"("subject":"a b")", R"("subject":"a","subject":"b")"),
        without(R"({"price":234,"name":"Brötchen"})", std::string(5000, '[') + std::string(5000, ']')),
        std::string(100'000, '{')};
    for (const auto& text : bad) {
        auto read = decode_event(text);
        EXPECT_FALSE(read) << text.substr(0, 200);
        if (!read) {
            EXPECT_FALSE(read.error().empty());
        }
    }
}

/// Every prefix, and single bytes changed at every place: never a crash, and what still decodes is a whole event.
TEST(Event, DamagedBytesNeverCrash)
{
    auto whole = encode_event(sample());
    for (std::size_t n = 0; n != whole.size(); ++n)
        EXPECT_FALSE(decode_event(std::string_view{whole}.substr(0, n))) << n;
    for (std::size_t at = 0; at != whole.size(); ++at)
        for (unsigned char byte : {0x00, 0x22, 0x5c, 0x7b, 0x7d, 0x80, 0xff}) {
            auto damaged = whole;
            damaged[at] = static_cast<char>(byte);
            if (auto read = decode_event(damaged)) {
                EXPECT_FALSE(read->id.empty() || read->source.empty() || read->type.empty() || read->subject.empty());
            }
        }
}

} // namespace

} // namespace edm
