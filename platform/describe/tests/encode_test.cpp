#include "sample.hpp"

#include <edm/core/text.hpp>

#include <rapidcheck.h>

#include <cmath>

namespace {

using namespace sample;

TEST(Encode, FieldsInTheirOrder)
{
    recipe r{.description = "d",
             .price = {234},
             .level = difficulty::hard,
             .steps = {step{"mix", 5}},
             .amounts = {{"egg", 2}},
             .tags = {}};
    EXPECT_EQ(edm::encode(r), R"({"description":"d","price":2.34,"level":"hard","steps":[{"name":"mix","minutes":5}],)"
                              R"("amounts":{"egg":2},"colour":"red","tags":[]})");
    EXPECT_EQ(edm::decode<recipe>(edm::encode(r)).value(), r);
}

TEST(Encode, AbsentOptionalsAreLeftOut)
{
    EXPECT_EQ(edm::encode(profile{.user_name = "Anna"}), R"({"user_name":"Anna"})");
    EXPECT_EQ(edm::encode(profile{.user_name = "Anna", .country = "de"}), R"({"user_name":"Anna","country":"de"})");
    EXPECT_EQ(edm::encode(std::vector<std::optional<int>>{1, {}}), "[1,null]");
    EXPECT_EQ(edm::encode(std::vector<int>{}), "[]");
}

TEST(Encode, AppendsToWhatIsThere)
{
    std::string out = "data: ";
    edm::encode_to(out, profile{.user_name = "Anna"});
    EXPECT_EQ(out, R"(data: {"user_name":"Anna"})");
}

TEST(Encode, Strings)
{
    auto json = [](std::string_view text) {
        std::string out;
        edm::append_json_string(out, text);
        return out;
    };
    EXPECT_EQ(json(""), R"("")");
    EXPECT_EQ(json("0123456789\"012345\\6789\n"), R"("0123456789\"012345\\6789\n")");
    EXPECT_EQ(json(std::string_view{"\0\x1f\x7f", 3}), "\"\\u0000\\u001f\x7f\"");
    EXPECT_EQ(json("äö€😀 and more text"), "\"äö€😀 and more text\"");
    EXPECT_EQ(json("a\x80z\xED\xA0\x80\xC3"), "\"a\uFFFDz\uFFFD\uFFFD\uFFFD\uFFFD\"");
}

TEST(Encode, EveryScalarRoundTripsAtItsLimits)
{
    scalars s{.flag = true,
              .small = std::numeric_limits<int>::min(),
              .large = std::numeric_limits<std::int64_t>::min(),
              .counter = std::numeric_limits<std::uint64_t>::max(),
              .narrow = 4'294'967'295u,
              .ratio = 0.1,
              .when = edm::time_point{edm::milliseconds{1'795'530'672'345}},
              .paid = {-1},
              .any = {R"({"b":[1.10,"x",null,true,{}],"a":""})"},
              .status = small_status::on};
    std::string json = edm::encode(s);
    EXPECT_EQ(json, R"({"flag":true,"small":-2147483648,"large":-9223372036854775808,"counter":18446744073709551615,)"
                    R"("narrow":4294967295,"ratio":0.1,"when":"2026-11-24T14:31:12.345Z","paid":-1,)"
                    R"("any":{"b":[1.10,"x",null,true,{}],"a":""},"status":"on"})");
    auto again = edm::decode<scalars>(json);
    ASSERT_TRUE(again) << edm::violations_json(again.error());
    EXPECT_EQ(*again, s);
    EXPECT_EQ(edm::encode(std::nan("")), "null");
    EXPECT_EQ(edm::encode(edm::raw_json{}), "null");
}

TEST(Encode, AnEnumeratorWithoutANameIsAnError)
{
    EXPECT_THROW(edm::encode(static_cast<difficulty>(9)), std::logic_error);
}

TEST(Encode, ATimeThatRfc3339CannotWriteIsAnError)
{
    using namespace std::chrono;
    EXPECT_THROW(edm::encode(edm::time_point{sys_days{year{10'000} / January / 1}}), std::logic_error);
    EXPECT_THROW(edm::encode(edm::time_point{sys_days{year{0} / January / 1} - edm::milliseconds{1}}),
                 std::logic_error);
    EXPECT_THROW(edm::encode(edm::time_point::max()), std::logic_error);
}

TEST(Money, IsExact)
{
    auto read = [](std::string_view json) -> std::int64_t {
        auto m = edm::decode<edm::money>(json);
        return m ? m->minor : -1;
    };
    for (auto [json, minor] : {std::pair{"2.34", 234},
                               {"2.3", 230},
                               {"2", 200},
                               {"0", 0},
                               {"-0", 0},
                               {"-0.00", 0},
                               {"0.01", 1},
                               {"1.10", 110},
                               {"2.3400", 234},
                               {"2.34E0", 234},
                               {"234e-2", 234},
                               {"0.0234e2", 234},
                               {"1e3", 100'000},
                               {"8.29", 829},
                               {"0.29", 29},
                               {"2.34e+0", 234},
                               {"0e999999", 0},
                               {"0.000000000000000000000000000000000001e36", 100}})
        EXPECT_EQ(read(json), minor) << json;
    EXPECT_EQ(read("99999999.99"), 9'999'999'999);
    EXPECT_EQ(read(std::string(10'000, '9')), -1);
    EXPECT_EQ(read("2.34" + std::string(10'000, '0')), 234);
    EXPECT_EQ(edm::encode(edm::money{5}), "0.05");
    EXPECT_EQ(edm::encode(edm::money{-105}), "-1.05");
    EXPECT_EQ(edm::encode(edm::minor_units{234}), "234");
    EXPECT_EQ(static_cast<edm::minor_units>(edm::money{234}).value, 234);
    EXPECT_EQ(static_cast<edm::money>(edm::minor_units{234}).minor, 234);
}

TEST(Money, EveryAmountRoundTrips)
{
    EXPECT_TRUE(rc::check([] {
        edm::money m{*rc::gen::inRange<std::int64_t>(0, 10'000'000'000)};
        RC_ASSERT(edm::decode<edm::money>(edm::encode(m)).value() == m);
    }));
}

TEST(RoundTrip, NumbersAndAnyBytes)
{
    EXPECT_TRUE(rc::check([](std::int64_t i, std::uint64_t u, double d, int n) {
        scalars s{.small = n, .large = i, .counter = u, .ratio = d, .any = {"[]"}};
        RC_ASSERT(edm::decode<scalars>(edm::encode(s)).value() == s);
    }));
    EXPECT_TRUE(rc::check([](const std::string& bytes) {
        std::string json;
        edm::append_json_string(json, bytes);
        auto read = edm::decode<std::string>(json);
        RC_ASSERT(read.has_value());
        if (edm::valid_utf8(bytes))
            RC_ASSERT(*read == bytes);
    }));
}

TEST(RoundTrip, WhateverIsDecodedNeitherCrashesNorGrows)
{
    EXPECT_TRUE(rc::check([] {
        std::string json = R"({"description":"d","price":2.34,"level":"hard","steps":[{"name":"mix","minutes":5}],)"
                           R"("amounts":{"egg":2},"tags":["x\u00e4"]})";
        for (int i = *rc::gen::inRange(0, 4); i > 0; --i)
            json[*rc::gen::inRange<std::size_t>(0, json.size())] = static_cast<char>(*rc::gen::inRange(0, 256));
        auto r = edm::decode<recipe>(json);
        if (r)
            RC_ASSERT(edm::decode<recipe>(edm::encode(*r)).value() == *r);
        else
            RC_ASSERT(r.error().size() < 20);
    }));
}

TEST(RawJson, KeepsNumbersAndOrderAndDuplicates)
{
    auto kept = [](std::string_view json) { return edm::decode<edm::raw_json>(json).value().value; };
    EXPECT_EQ(
        kept(
            R"( { "b" : 1.00 , "a" : [ 1e5 , -0 , [ ] , { } , "\u0041\n" , null , false ] , "b" : ":" , "c" : "[" } )"),
        R"({"b":1.00,"a":[1e5,-0,[],{},"A\n",null,false],"b":":","c":"["})");
    EXPECT_EQ(kept("null"), "null");
    EXPECT_EQ(kept("12345678901234567890123456789.5"), "12345678901234567890123456789.5");
    EXPECT_EQ(kept(R"("x")"), R"("x")");
}

// A struct that holds a secret at any depth is known at compile time; `encode` asserts on this flag.
static_assert(edm::describing::type_of<credentials>.secret);
static_assert(edm::describing::type_of<std::vector<std::optional<sign_up>>>.secret);
static_assert(!edm::describing::type_of<recipe>.secret);
static_assert(!fmt::is_formattable<edm::secret<8, 64>>::value);
static_assert(!std::is_convertible_v<edm::secret<8, 64>, std::string>);

TEST(Secret, IsNotEncodedWithTypesErased)
{
    std::string out;
    credentials c{{"a@b.co"}, edm::secret<8, 64>{"12345678"}};
    EXPECT_THROW(edm::encode_to(out, edm::describe<credentials>(), &c), std::logic_error);
    EXPECT_EQ(out.find("1234"), std::string::npos);
}

TEST(Secret, IsOverwrittenWhenItIsMovedFromAssignedOrWiped)
{
    edm::secret<8, 64> a{"0123456789"};
    const char* inside = a.value_.data(); // short enough to live in the object itself
    edm::secret<8, 64> b{std::move(a)};
    EXPECT_EQ(std::string_view(inside, 10), std::string_view("\0\0\0\0\0\0\0\0\0\0", 10));
    EXPECT_EQ(b.reveal(), "0123456789");
    inside = b.value_.data();
    b = edm::secret<8, 64>{"x"};
    EXPECT_EQ(std::string_view(inside, 3), std::string_view("x\0\0", 3));

    std::string text(100, 's');
    inside = text.data();
    edm::wipe(text);
    EXPECT_TRUE(text.empty());
    EXPECT_EQ(std::string_view(inside, 100), std::string(100, '\0'));
}

} // namespace
