#include "sample.hpp"

#include <gmock/gmock.h>

namespace {

using namespace sample;
using testing::ElementsAre;

constexpr std::string_view good_recipe =
    R"({"description":"d","price":2.34,"level":"hard","steps":[{"name":"mix","minutes":5}],"amounts":{"egg":2}})";

TEST(Decode, AValidBody)
{
    auto body = edm::decode<sign_up>(
        R"({"credentials":{"id":"Ana@Example.COM","password":"correct horse"},"user_info":{"user_name":"Ana L"}})");
    ASSERT_TRUE(body) << edm::violations_json(body.error());
    EXPECT_EQ(body->credentials.id, "ana@example.com");
    EXPECT_EQ(body->credentials.password.reveal(), "correct horse");
    EXPECT_EQ(body->user_info.user_name, "Ana L");
    EXPECT_FALSE(body->user_info.country);
}

TEST(Decode, ReportsEveryViolationInTheOrderOfFieldsWhateverTheOrderOfTheBody)
{
    auto v = violations<sign_up>(R"({"user_info":{"country":"deu"},"credentials":{"password":"short"}})");
    EXPECT_EQ(brief(v), (strings{"body.credentials.id missing", "body.credentials.password string_too_short",
                                 "body.user_info.user_name missing", "body.user_info.country string_too_long"}));
    EXPECT_EQ(edm::violations_json(v).substr(0, 138),
              R"({"detail":[{"loc":["body","credentials","id"],"msg":"Field required","type":"missing"},)"
              R"({"loc":["body","credentials","password"],"msg":"Str)");
}

struct bad_body
{
    std::string_view json;
    std::string_view violation;
    std::string_view msg;

    friend std::ostream& operator<<(std::ostream& out, const bad_body& row) { return out << row.json; }
};

class BadRecipe : public testing::TestWithParam<bad_body>
{
};

TEST_P(BadRecipe, IsRefusedWithOneViolation)
{
    auto v = violations<recipe>(GetParam().json);
    ASSERT_EQ(v.size(), 1u) << edm::violations_json(v);
    EXPECT_EQ(brief(v[0]), GetParam().violation);
    EXPECT_EQ(v[0].msg, GetParam().msg);
}

#define RECIPE(price, level, steps, amounts)                                                                           \
    R"({"description":"d","price":)" price R"(,"level":)" level R"(,"steps":)" steps R"(,"amounts":)" amounts "}"
#define STEP R"([{"name":"mix","minutes":5}])"

INSTANTIATE_TEST_SUITE_P(
    Table, BadRecipe,
    testing::Values(
        bad_body{"", "body missing", "Field required"}, bad_body{" \n", "body missing", "Field required"},
        bad_body{"[]", "body model_attributes_type",
                 "Input should be a valid dictionary or object to extract fields from"},
        bad_body{"3", "body model_attributes_type",
                 "Input should be a valid dictionary or object to extract fields from"},
        bad_body{"null", "body model_attributes_type",
                 "Input should be a valid dictionary or object to extract fields from"},
        bad_body{"{", "body[1] json_invalid", "JSON decode error"},
        bad_body{R"({"a":1,})", "body[7] json_invalid", "JSON decode error"},
        bad_body{R"({} x)", "body[3] json_invalid", "JSON decode error"},
        bad_body{"\xEF\xBB\xBF{}", "body[0] json_invalid", "JSON decode error"},
        bad_body{R"({"price":NaN})", "body[9] json_invalid", "JSON decode error"},
        bad_body{R"({"price":01})", "body[10] json_invalid", "JSON decode error"},
        bad_body{RECIPE("-0.01", R"("easy")", STEP, "{}"), "body.price greater_than_equal",
                 "Input should be greater than or equal to 0"},
        bad_body{RECIPE("2.345", R"("easy")", STEP, "{}"), "body.price decimal_max_places",
                 "Decimal input should have no more than 2 decimal places"},
        bad_body{RECIPE("1e-3", R"("easy")", STEP, "{}"), "body.price decimal_max_places",
                 "Decimal input should have no more than 2 decimal places"},
        bad_body{RECIPE("100000000", R"("easy")", STEP, "{}"), "body.price less_than_equal",
                 "Input should be less than or equal to 99999999.99"},
        bad_body{RECIPE("1e300", R"("easy")", STEP, "{}"), "body.price less_than_equal",
                 "Input should be less than or equal to 99999999.99"},
        bad_body{RECIPE("\"2.34\"", R"("easy")", STEP, "{}"), "body.price float_type",
                 "Input should be a valid number"},
        bad_body{RECIPE("1", R"("simple")", STEP, "{}"), "body.level enum",
                 "Input should be 'easy', 'medium' or 'hard'"},
        bad_body{RECIPE("1", "2", STEP, "{}"), "body.level enum", "Input should be 'easy', 'medium' or 'hard'"},
        bad_body{RECIPE("1", "null", STEP, "{}"), "body.level enum", "Input should be 'easy', 'medium' or 'hard'"},
        bad_body{RECIPE("1", R"("easy")", "[]", "{}"), "body.steps too_short",
                 "List should have at least 1 item after validation, not 0"},
        bad_body{RECIPE("1", R"("easy")",
                        R"([{"name":"a","minutes":1},{"name":"b","minutes":1},{"name":"c","minutes":1},{"n":[1]}])",
                        "{}"),
                 "body.steps too_long", "List should have at most 3 items after validation, not 4"},
        bad_body{RECIPE("1", R"("easy")", "{}", "{}"), "body.steps list_type", "Input should be a valid list"},
        bad_body{RECIPE("1", R"("easy")", R"([{"name":"","minutes":5}])", "{}"), "body.steps[0].name string_too_short",
                 "String should have at least 1 character"},
        bad_body{RECIPE("1", R"("easy")", R"([{"name":"abcdef","minutes":5}])", "{}"),
                 "body.steps[0].name string_too_long", "String should have at most 5 characters"},
        bad_body{RECIPE("1", R"("easy")", R"([{"name":{"a":[1,{}]},"minutes":5}])", "{}"),
                 "body.steps[0].name string_type", "Input should be a valid string"},
        bad_body{RECIPE("1", R"("easy")", R"([{"name":"a","minutes":601}])", "{}"),
                 "body.steps[0].minutes less_than_equal", "Input should be less than or equal to 600"},
        bad_body{RECIPE("1", R"("easy")", R"([{"name":"a","minutes":0}])", "{}"),
                 "body.steps[0].minutes greater_than_equal", "Input should be greater than or equal to 1"},
        bad_body{RECIPE("1", R"("easy")", R"([{"name":"a","minutes":"5"}])", "{}"), "body.steps[0].minutes int_type",
                 "Input should be a valid integer"},
        bad_body{RECIPE("1", R"("easy")", R"([{"name":"a","minutes":1.5}])", "{}"),
                 "body.steps[0].minutes int_from_float",
                 "Input should be a valid integer, got a number with a fractional part"},
        bad_body{RECIPE("1", R"("easy")", STEP, "[]"), "body.amounts dict_type", "Input should be a valid dictionary"},
        bad_body{RECIPE("1", R"("easy")", STEP, R"({"egg":2,"egg":3})"), "body.amounts.egg value_error",
                 "Value error, the key occurs more than once"},
        bad_body{RECIPE("1", R"("easy")", STEP, R"({"egg":"two"})"), "body.amounts.egg int_type",
                 "Input should be a valid integer"},
        bad_body{RECIPE("1", R"("easy")", STEP, R"({},"price":3)"), "body.price value_error",
                 "Value error, the field occurs more than once"},
        bad_body{RECIPE("1", R"("easy")", STEP, R"({},"pri\u0063e":3)"), "body.price value_error",
                 "Value error, the field occurs more than once"},
        bad_body{RECIPE("1", R"("easy")", STEP, R"({},"colour":null)"), "body.colour string_type",
                 "Input should be a valid string"}));

class BadScalar : public testing::TestWithParam<std::pair<std::string_view, std::string_view>>
{
};

TEST_P(BadScalar, IsRefused)
{
    edm::decode_options options{.lenient = true};
    EXPECT_EQ(brief(violations<scalars>(GetParam().first, options)), strings{std::string{GetParam().second}});
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadScalar,
    testing::Values(std::pair{R"({"flag":1})", "body.flag bool_type"},
                    std::pair{R"({"flag":"true"})", "body.flag bool_type"},
                    std::pair{R"({"small":2147483648})", "body.small less_than_equal"},
                    std::pair{R"({"small":-2147483649})", "body.small greater_than_equal"},
                    std::pair{R"({"large":9223372036854775808})", "body.large less_than_equal"},
                    std::pair{R"({"large":-9223372036854775809})", "body.large greater_than_equal"},
                    std::pair{R"({"large":1e999999999})", "body.large less_than_equal"},
                    std::pair{R"({"large":1e-2})", "body.large int_from_float"},
                    std::pair{R"({"large":true})", "body.large int_type"},
                    std::pair{R"({"counter":-1})", "body.counter greater_than_equal"},
                    std::pair{R"({"counter":18446744073709551616})", "body.counter less_than_equal"},
                    std::pair{R"({"narrow":4294967296})", "body.narrow less_than_equal"},
                    std::pair{R"({"ratio":"1"})", "body.ratio float_type"},
                    std::pair{R"({"ratio":1e400})", "body.ratio finite_number"},
                    std::pair{R"({"ratio":-1e400})", "body.ratio finite_number"},
                    std::pair{R"({"when":3})", "body.when datetime_type"},
                    std::pair{R"({"when":"2026-02-30T00:00:00Z"})", "body.when datetime_parsing"},
                    std::pair{R"({"when":"2026-02-03T00:00:00"})", "body.when datetime_parsing"},
                    std::pair{R"({"paid":2.34})", "body.paid int_from_float"},
                    std::pair{R"({"status":"OFF"})", "body.status enum"}));

TEST(Decode, EmailAddresses)
{
    auto accepted = [](std::string_view text) { return violations<edm::email>(fmt::format("\"{}\"", text)).empty(); };
    for (std::string_view good : {"a@b.co", "ana.maria+tag@mail.example.com", "o'neil@x-y.example", "1@2.example"})
        EXPECT_TRUE(accepted(good)) << good;
    for (std::string_view bad : {"",
                                 "a",
                                 "@b.co",
                                 "a@",
                                 "a@b",
                                 "a@@b.co",
                                 "a@b@c.co",
                                 ".a@b.co",
                                 "a.@b.co",
                                 "a..b@c.co",
                                 "a b@c.co",
                                 "a@-b.co",
                                 "a@b-.co",
                                 "a@b..co",
                                 "a@b.co.",
                                 "a@1.2.3.4",
                                 "a@[::1].co",
                                 "a\\n@b.co",
                                 "a@b.co\\r\\nBcc: x@y.zz",
                                 "ä@b.co",
                                 "a@bü.co",
                                 "a\\u0000@b.co",
                                 "<a@b.co>"})
        EXPECT_FALSE(accepted(bad)) << bad;
    EXPECT_TRUE(accepted(std::string(64, 'a') + "@b.co"));
    EXPECT_FALSE(accepted(std::string(65, 'a') + "@b.co"));
    std::string long_domain;
    for (int i = 0; i != 41; ++i)
        long_domain += "abcd.";
    EXPECT_TRUE(accepted(std::string(47, 'a') + "@" + long_domain + "c"));
    EXPECT_FALSE(accepted(std::string(48, 'a') + "@" + long_domain + "c"));
}

TEST(Decode, LengthsAreCodePoints)
{
    EXPECT_TRUE(violations<step>(R"({"name":"äöüß€","minutes":1})").empty());
    EXPECT_TRUE(violations<step>(R"({"name":"\ud83d\ude00😀😀😀😀","minutes":1})").empty());
    EXPECT_EQ(brief(violations<step>(R"({"name":"äöüß€😀","minutes":1})")), strings{"body.name string_too_long"});
}

TEST(Decode, RefusesWhatIsNotUtf8)
{
    for (std::string_view bad :
         {"\x80", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xC3", "\\ud800", "\\udc00x"}) {
        auto v = violations<std::string>(fmt::format("\"{}\"", bad));
        ASSERT_EQ(v.size(), 1u);
        EXPECT_EQ(v[0].type, "json_invalid");
        v = violations<step>(fmt::format(R"({{"name":"a","minutes":1,"unknown":"{}"}})", bad));
        ASSERT_EQ(v.size(), 1u);
        EXPECT_EQ(v[0].type, "json_invalid");
    }
}

TEST(Decode, DepthIsLimited)
{
    auto nested = [](int n) { return std::string(n, '[') + std::string(n, ']'); };
    EXPECT_TRUE(violations<edm::raw_json>(nested(32)).empty());
    EXPECT_EQ(violations<edm::raw_json>(nested(33))[0].type, "json_invalid");
    EXPECT_TRUE(violations<profile>(R"({"user_name":"Anna","x":)" + nested(31) + "}").empty());
    EXPECT_EQ(violations<profile>(R"({"user_name":"Anna","x":)" + nested(32) + "}")[0].type, "json_invalid");
    EXPECT_EQ(violations<profile>(std::string(60'000, '['))[0].type, "json_invalid");
}

TEST(Decode, UnknownFieldsAreIgnoredOrForbidden)
{
    constexpr std::string_view json = R"({"zeta":{"user_name":[1]},"user_name":"Anna","alpha":[[]]})";
    EXPECT_TRUE(violations<profile>(json).empty());
    EXPECT_EQ(brief(violations<profile>(json, {.forbid_unknown = true})),
              (strings{"body.zeta extra_forbidden", "body.alpha extra_forbidden"}));
}

TEST(Decode, FieldsThatComeFromElsewhereAreNeitherMissingNorTakenFromTheBody)
{
    constexpr std::array<std::string_view, 1> elsewhere{"user_name"};
    profile p{.user_name = "from the path"};
    EXPECT_TRUE(edm::decode_into(p, R"({"country":"de"})", {.skip = elsewhere}).empty());
    EXPECT_TRUE(edm::decode_into(p, R"({"user_name":"other","country":"de"})", {.skip = elsewhere}).empty());
    EXPECT_EQ(p.user_name, "from the path");
    EXPECT_EQ(brief(edm::decode_into(p, R"({"user_name":"other"})", {.forbid_unknown = true, .skip = elsewhere})),
              strings{"body.user_name extra_forbidden"});
    // Only of the outermost struct:
    EXPECT_EQ(brief(violations<sign_up>(R"({"credentials":{"id":"a@b.co","password":"12345678"},"user_info":{}})",
                                        {.skip = elsewhere})),
              strings{"body.user_info.user_name missing"});
}

TEST(Decode, OptionalFieldsKeepTheirInitializers)
{
    auto r = edm::decode<recipe>(good_recipe);
    ASSERT_TRUE(r);
    EXPECT_EQ(r->colour, "red");
    EXPECT_THAT(r->tags, ElementsAre("default"));
    std::string json{good_recipe};
    json.back() = ',';
    r = edm::decode<recipe>(json + R"("tags":["x","y"]})");
    ASSERT_TRUE(r);
    EXPECT_THAT(r->tags, ElementsAre("x", "y"));
}

TEST(Decode, LenientReadsDocumentsOfEarlierSchemas)
{
    auto r = edm::decode<recipe>(R"({"description":"d","old_field":{"price":[]}})", {.lenient = true});
    ASSERT_TRUE(r);
    EXPECT_EQ(r->description, "d");
    EXPECT_EQ(r->level, difficulty::easy);
    EXPECT_EQ(r->price.minor, 0);
    // What is there is checked.
    EXPECT_EQ(brief(violations<recipe>(R"({"level":"unheard-of"})", {.lenient = true})), strings{"body.level enum"});
    EXPECT_EQ(brief(violations<recipe>("", {.lenient = true})), strings{"body missing"});
}

TEST(Decode, LenientReadsAgainWhatItStoredForMissingFields)
{
    auto r = edm::decode<early>("{}", {.lenient = true});
    ASSERT_TRUE(r);
    auto stored = edm::encode(*r);
    EXPECT_EQ(stored, R"({"name":"","id":"","steps":[],"minutes":1})");
    EXPECT_EQ(brief(violations<early>(stored, {.lenient = true})), strings{});
    EXPECT_EQ(brief(violations<early>(stored)),
              (strings{"body.name string_too_short", "body.id value_error", "body.steps too_short"}));
    // Nothing else is waived.
    EXPECT_EQ(brief(violations<early>(R"({"name":"too long","id":"@","steps":[{"name":""},{},{},{}],"minutes":0})",
                                      {.lenient = true})),
              (strings{"body.name string_too_long", "body.id value_error", "body.steps too_long",
                       "body.minutes greater_than_equal"}));
}

TEST(Decode, TimesAreOfTheYearsThatRfc3339CanWrite)
{
    for (auto text : {"0000-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"}) {
        auto when = edm::decode<edm::time_point>('"' + std::string{text} + '"');
        ASSERT_TRUE(when) << text;
        EXPECT_EQ(edm::encode(*when), '"' + std::string{text} + '"');
    }
    for (auto text : {R"("0000-01-01T00:00:00+00:01")", R"("9999-12-31T23:59:59.999-00:01")"})
        EXPECT_EQ(brief(violations<edm::time_point>(text)), strings{"body datetime_parsing"}) << text;
}

TEST(Decode, NullAndAbsenceOfOptionals)
{
    profile p{.country = "de"};
    EXPECT_TRUE(edm::decode_into(p, R"({"user_name":"Anna"})").empty());
    EXPECT_TRUE(p.country);
    EXPECT_TRUE(edm::decode_into(p, R"({"user_name":"Anna","country":null})").empty());
    EXPECT_FALSE(p.country);
}

TEST(Decode, WhatWasInContainersIsReplaced)
{
    std::vector<int> numbers{7, 8};
    EXPECT_TRUE(edm::decode_into(numbers, "[1]").empty());
    EXPECT_THAT(numbers, ElementsAre(1));
    std::map<std::string, int, std::less<>> map{{"a", 1}};
    EXPECT_TRUE(edm::decode_into(map, R"({"b":2})").empty());
    EXPECT_EQ(map.size(), 1u);
}

TEST(Decode, ListsNestInLists)
{
    auto v = violations<std::vector<std::vector<edm::whole<0, 9>>>>("[[1,2],[3,10],4]");
    EXPECT_EQ(brief(v), (strings{"body[1][1] less_than_equal", "body[2] list_type"}));
    EXPECT_EQ(
        edm::violations_json({v.data(), 1}),
        R"({"detail":[{"loc":["body",1,1],"msg":"Input should be less than or equal to 9","type":"less_than_equal"}]})");
}

TEST(Decode, AHostileBodyDoesNotChooseTheSizeOfItsAnswer)
{
    std::string json = "[";
    for (int i = 0; i != 5'000; ++i)
        json += "{},";
    json.back() = ']';
    EXPECT_EQ(violations<std::vector<recipe>>(json).size(), edm::max_violations);
    auto v = violations<profile>("{\"" + std::string(50'000, 'k') + "\":1,\"user_name\":\"Anna\"}",
                                 {.forbid_unknown = true});
    ASSERT_EQ(v.size(), 1u);
    EXPECT_LT(v[0].loc[1].size(), 200u);
}

TEST(Decode, SecretsAreNeverEchoed)
{
    for (std::string_view hidden : {"hunter2", "hunter2\\n"}) {
        for (auto json : {fmt::format(R"({{"id":"x","password":"{}"}})", hidden),
                          fmt::format(R"({{"id":"{}","password":["{}"]}})", hidden, hidden),
                          fmt::format(R"({{"id":"a@b.co","password":"{}","password":"{}"}})", hidden, hidden),
                          fmt::format(R"({{"password":"{}")", hidden)}) {
            auto v = violations<credentials>(json, {.forbid_unknown = true});
            EXPECT_FALSE(v.empty());
            EXPECT_EQ(edm::violations_json(v).find("hunter"), std::string::npos) << edm::violations_json(v);
        }
    }
}

TEST(Decode, RootOfLocations)
{
    EXPECT_EQ(brief(violations<step>("{}", {.root = "event"})),
              (strings{"event.name missing", "event.minutes missing"}));
    EXPECT_EQ(brief(violations<step>("{", {.root = "event"})), strings{"event[1] json_invalid"});
    EXPECT_EQ(edm::violations_json(violations<step>("{")),
              R"({"detail":[{"loc":["body",1],"msg":"JSON decode error","type":"json_invalid"}]})");
}

} // namespace
