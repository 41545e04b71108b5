#include "sample.hpp"

#include <gmock/gmock.h>

namespace other {

struct step
{
    bool b = false;
};
BOOST_DESCRIBE_STRUCT(step, (), (b))

template <class T>
struct page
{
    std::vector<T> items;
    BOOST_DESCRIBE_CLASS(page, (), (items), (), ())
};

} // namespace other

namespace {

using namespace sample;

constexpr std::string_view credentials_schema =
    R"({"type":"object","title":"credentials","properties":{"id":{"type":"string","format":"email"},)"
    R"("password":{"type":"string","minLength":8,"maxLength":64,"format":"password","writeOnly":true}},)"
    R"("required":["id","password"]})";
constexpr std::string_view profile_schema =
    R"({"type":"object","title":"profile","properties":{"user_name":{"type":"string","minLength":4,"maxLength":100},)"
    R"("country":{"anyOf":[{"type":"string","minLength":2,"maxLength":2},{"type":"null"}]}},"required":["user_name"]})";

TEST(Schema, InPlace)
{
    std::string profile_with_example{profile_schema};
    profile_with_example.pop_back();
    EXPECT_EQ(edm::json_schema(edm::describe<sign_up>()),
              fmt::format(R"({{"type":"object","title":"sign_up","description":"Somebody signs up.","properties":{{)"
                          R"("credentials":{},"user_info":{},"examples":[{{"user_name":"Ana Lovelace"}}]}}}},)"
                          R"("required":["credentials","user_info"]}})",
                          credentials_schema, profile_with_example));
}

TEST(Schema, EveryKind)
{
    EXPECT_EQ(edm::json_schema(edm::describe<recipe>()),
              R"({"type":"object","title":"recipe","properties":{"description":{"type":"string"},)"
              R"("price":{"type":"number","minimum":0,"maximum":99999999.99},)"
              R"("level":{"type":"string","enum":["easy","medium","hard"]},)"
              R"("steps":{"type":"array","items":{"type":"object","title":"step","properties":{)"
              R"("name":{"type":"string","minLength":1,"maxLength":5},)"
              R"("minutes":{"type":"integer","minimum":1,"maximum":600}},"required":["name","minutes"]},)"
              R"("minItems":1,"maxItems":3},)"
              R"("amounts":{"type":"object","additionalProperties":{"type":"integer","format":"int32"}},)"
              R"("colour":{"type":"string"},"tags":{"type":"array","items":{"type":"string"}}},)"
              R"("required":["description","price","level","steps","amounts"]})");
    EXPECT_EQ(edm::json_schema(edm::describe<scalars>()),
              R"({"type":"object","title":"scalars","properties":{"flag":{"type":"boolean"},)"
              R"("small":{"type":"integer","format":"int32"},"large":{"type":"integer","format":"int64"},)"
              R"("counter":{"type":"integer","minimum":0},"narrow":{"type":"integer","minimum":0},)"
              R"("ratio":{"type":"number"},"when":{"type":"string","format":"date-time"},)"
              R"("paid":{"type":"integer","format":"int64"},"any":{},"status":{"type":"string","enum":["off","on"]}},)"
              R"("required":["flag","small","large","counter","narrow","ratio","when","paid","any","status"]})");
}

TEST(Schema, RawJsonOfAKnownTypeHasItsSchema)
{
    EXPECT_EQ(edm::json_schema(edm::describe<menu>()),
              R"({"type":"object","title":"menu","properties":{"steps":{"type":"array","items":{"type":"object",)"
              R"("title":"step","properties":{"name":{"type":"string","minLength":1,"maxLength":5},)"
              R"("minutes":{"type":"integer","minimum":1,"maximum":600}},"required":["name","minutes"]}}},)"
              R"("required":["steps"]})");
    edm::schema_set set;
    set.ref(edm::describe<menu>());
    EXPECT_THAT(set.json(),
                testing::HasSubstr(R"("steps":{"type":"array","items":{"$ref":"#/components/schemas/step"}})"));
    EXPECT_THAT(set.json(), testing::HasSubstr(R"("step":{"type":"object")"));
}

TEST(SchemaSet, CollectsNamedSchemas)
{
    edm::schema_set set;
    EXPECT_EQ(set.ref(edm::describe<sign_up>()), R"({"$ref":"#/components/schemas/sign_up"})");
    EXPECT_EQ(set.ref(edm::describe<sign_up>()), R"({"$ref":"#/components/schemas/sign_up"})");
    EXPECT_EQ(set.ref(edm::describe<bool>()), R"({"type":"boolean"})");
    EXPECT_EQ(
        set.json(),
        fmt::format(
            R"({{"credentials":{},"profile":{},"sign_up":{{"type":"object","title":"sign_up",)"
            R"("description":"Somebody signs up.","properties":{{)"
            R"("credentials":{{"$ref":"#/components/schemas/credentials"}},)"
            R"("user_info":{{"$ref":"#/components/schemas/profile","examples":[{{"user_name":"Ana Lovelace"}}]}}}},)"
            R"("required":["credentials","user_info"]}}}})",
            credentials_schema, profile_schema));
}

TEST(SchemaSet, TwoTypesOfOneNameGetTwoNames)
{
    edm::schema_set set;
    EXPECT_EQ(set.ref(edm::describe<step>()), R"({"$ref":"#/components/schemas/step"})");
    EXPECT_EQ(set.ref(edm::describe<other::step>()), R"({"$ref":"#/components/schemas/other_step"})");
    EXPECT_EQ(set.ref(edm::describe<other::page<step>>()), R"({"$ref":"#/components/schemas/page_sample_step"})");
    EXPECT_EQ(set.ref(edm::describe<std::vector<difficulty>>()),
              R"({"type":"array","items":{"$ref":"#/components/schemas/difficulty"}})");
    // The schemas are JSON themselves.
    EXPECT_TRUE(edm::decode<edm::raw_json>(set.json()));
}

} // namespace
