// Named tables of requests that do not fit: every violation, where it is and of which type, at once.

#include "stage.hpp"

#include <vector>

namespace edm::purchasing {
namespace {

using testing::bad_body;
using testing::violations_of;

class BadRequests : public Purchasing
{
};

TEST_F(BadRequests, ToBuy)
{
    const std::vector<bad_body> table{
        {"nothing", "", "422 body missing"},
        {"null", "null", "422 body model_attributes_type"},
        {"a list", "[]", "422 body model_attributes_type"},
        {"cut off", "{", "422 body.1 json_invalid"},
        {"bad UTF-8", "{\"encr_info\":\"\xff\"}", "422 body.14 json_invalid"},
        {"empty object", "{}", "422 body.encr_info missing"},
        {"empty card", R"({"encr_info":""})", "422 body.encr_info string_too_short"},
        {"long card", R"({"encr_info":")" + std::string(8193, 'x') + R"("})", "422 body.encr_info string_too_long"},
        {"a number for a card", R"({"encr_info":1})", "422 body.encr_info string_type"},
        {"null for a card", R"({"encr_info":null})", "422 body.encr_info string_type"},
        {"a card twice", R"({"encr_info":"x","encr_info":"y"})", "422 body.encr_info value_error"},
        {"a text for a price", R"({"encr_info":"x","expected_price":"1"})", "422 body.expected_price float_type"},
        {"a negative price", R"({"encr_info":"x","expected_price":-1})", "422 body.expected_price greater_than_equal"},
        {"three decimals", R"({"encr_info":"x","expected_price":1.234})", "422 body.expected_price decimal_max_places"},
        {"everything at once", R"({"encr_info":[],"expected_price":{}})",
         "422 body.encr_info string_type, body.expected_price float_type"},
    };
    for (const auto& [name, body, answer] : table)
        EXPECT_EQ(violations_of(buy(body)), answer) << name;
    EXPECT_EQ(violations_of(buy("{}", std::string(256, 'k'))),
              "422 header.idempotency_key string_too_long, body.encr_info missing");
    EXPECT_EQ(violations_of(buy(card, {}, ana, std::string(201, 'r'))), "422 path.recipe_id string_too_long");
    EXPECT_EQ(sut.post("/buy-recipe/tea", "{", {}).status, 401) << "who asks is looked at first";
    EXPECT_TRUE(provider.calls.empty());
    EXPECT_EQ(buy(R"({"encr_info":"x","later":1})").status, 201) << "what is not known is ignored";
}

TEST_F(BadRequests, ToTakeAWebhook)
{
    EXPECT_EQ(buy().status, 201);
    const auto path = fmt::format("/payment-webhook/{}.1", purchase);
    const auto with = [](const std::string& status) {
        return fmt::format(R"({{"recipe_id":"tea","payment_id":"p","payment_status":{}}})", status);
    };
    const std::vector<bad_body> table{
        {"nothing", "", "422 body missing"},
        {"cut off", R"({"recipe_id")", "422 body.12 json_invalid"},
        {"empty object", "{}", "422 body.recipe_id missing, body.payment_id missing, body.payment_status missing"},
        {"no status", R"({"recipe_id":"tea","payment_id":"p"})", "422 body.payment_status missing"},
        {"status 4", with("4"), "422 body.payment_status less_than_equal"},
        {"status -1", with("-1"), "422 body.payment_status greater_than_equal"},
        {"a text", with("\"1\""), "422 body.payment_status int_type"},
        {"a fraction", with("1.5"), "422 body.payment_status int_from_float"},
        {"long ids",
         fmt::format(R"({{"recipe_id":"{0}","payment_id":"{0}","payment_status":1}})", std::string(201, 'x')),
         "422 body.recipe_id string_too_long, body.payment_id string_too_long"},
    };
    for (const auto& [name, body, answer] : table)
        EXPECT_EQ(violations_of(sut.post(path, body, sut.signature(body))), answer) << name;
    EXPECT_EQ(sut.post(path, "{", {}).status, 401) << "who signs is looked at first";
    EXPECT_EQ(statuses(), "");
}

TEST_F(BadRequests, ToListRefunds)
{
    const auto as_admin = sut.token("admin@example.com", true);
    EXPECT_EQ(violations_of(sut.get("/payments-to-refund?limit=0&after=", {as_admin})),
              "422 query.limit greater_than_equal, query.after string_too_short");
    EXPECT_EQ(violations_of(sut.get("/payments-to-refund?limit=501", {as_admin})), "422 query.limit less_than_equal");
    EXPECT_EQ(violations_of(sut.get("/payments-to-refund?limit=x", {as_admin})), "422 query.limit int_parsing");
}

} // namespace
} // namespace edm::purchasing
