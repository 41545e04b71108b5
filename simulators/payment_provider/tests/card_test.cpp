#include "card.hpp"
#include "test_cards.hpp"

#include <gtest/gtest.h>

namespace edm::payment_provider {
namespace {

const time_point january = *from_rfc3339("2026-01-15T00:00:00Z");

card valid()
{
    return *read_card(R"({"card_holder_name":"Ana","card_number":"4242 4242 4242 4242","expiration_month":12,)"
                      R"("expiration_year":2031,"cvv":"123"})");
}

TEST(Card, IsReadWithTwelveInstallmentsWhereItNamesNone)
{
    const auto c = valid();
    EXPECT_EQ(c.card_holder_name, "Ana");
    EXPECT_EQ(digits_of(c), "4242424242424242");
    EXPECT_EQ(c.number_installments->value, 12);
    EXPECT_EQ(problem(c, january), std::nullopt);
}

TEST(Card, SurvivesItsOwnJson)
{
    const auto again = read_card(card_json(valid()));
    ASSERT_TRUE(again) << again.error();
    EXPECT_EQ(digits_of(*again), digits_of(valid()));
    EXPECT_EQ(again->cvv.reveal(), "123");
    EXPECT_EQ(again->expiration_year.value, 2031);
}

TEST(Card, BadDataIsRefusedWithoutShowingIt)
{
    struct row
    {
        const char* what;
        const char* json;
        const char* names;
    };
    const row table[] = {
        {"not JSON", "4242424242424242", "card"},
        {"cut off", R"({"card_holder_name":)", "JSON"},
        {"nothing", "{}", "card_number"},
        {"no number", R"({"card_holder_name":"Ana","expiration_month":12,"expiration_year":2031,"cvv":"123"})",
         "card_number"},
        {"month 13",
         R"({"card_holder_name":"Ana","card_number":"4242424242424242","expiration_month":13,"expiration_year":2031,"cvv":"123"})",
         "expiration_month"},
        {"two-digit year",
         R"({"card_holder_name":"Ana","card_number":"4242424242424242","expiration_month":1,"expiration_year":31,"cvv":"123"})",
         "expiration_year"},
        {"long cvv",
         R"({"card_holder_name":"Ana","card_number":"4242424242424242","expiration_month":1,"expiration_year":2031,"cvv":"98765"})",
         "cvv"},
        {"13 installments",
         R"({"card_holder_name":"Ana","card_number":"4242424242424242","expiration_month":1,"expiration_year":2031,"cvv":"123","number_installments":13})",
         "number_installments"},
        {"no installments",
         R"({"card_holder_name":"Ana","card_number":"4242424242424242","expiration_month":1,"expiration_year":2031,"cvv":"123","number_installments":0})",
         "number_installments"},
    };
    for (const auto& [what, json, names] : table) {
        const auto read = read_card(json);
        ASSERT_FALSE(read) << what;
        EXPECT_NE(read.error().find(names), std::string::npos) << what << ": " << read.error();
        EXPECT_EQ(read.error().find("4242"), std::string::npos) << read.error();
        EXPECT_EQ(read.error().find("98765"), std::string::npos) << read.error();
    }
}

TEST(Card, LuhnKnowsTheCheckDigit)
{
    EXPECT_TRUE(luhn("4242424242424242"));
    EXPECT_TRUE(luhn("79927398713"));
    EXPECT_FALSE(luhn("4242424242424241"));
    EXPECT_FALSE(luhn(""));
    EXPECT_FALSE(luhn("4242a24242424242"));
}

TEST(Card, EveryTestCardIsAValidCard)
{
    for (const auto* digits : {"4242424242424242", "4000000000000002", "4000000000009995", "4000000000000069",
                               "4000000000000127", "4000000000000119", "4000000000001000", "4000000000002008",
                               "4000000000003006", "4000000000004004", "4000000000005001"})
        EXPECT_TRUE(luhn(digits)) << digits;
}

TEST(Card, WhatTheTypesCannotSeeIsChecked)
{
    auto c = valid();
    c.card_number = secret<12, 30>{"4242424242424241"};
    EXPECT_TRUE(problem(c, january));
    c = valid();
    c.card_number = secret<12, 30>{"4242-4242-4242-4242"};
    EXPECT_FALSE(problem(c, january));
    c = valid();
    c.card_number = secret<12, 30>{"424242424242424242424242"};
    EXPECT_TRUE(problem(c, january));
    c = valid();
    c.cvv = secret<3, 4>{"12x"};
    EXPECT_TRUE(problem(c, january));
}

TEST(Card, IsGoodUntilItsMonthEnds)
{
    auto c = valid();
    c.expiration_month = 2;
    c.expiration_year = 2028; // a leap year
    EXPECT_FALSE(problem(c, *from_rfc3339("2028-02-29T23:59:59.999Z")));
    EXPECT_TRUE(problem(c, *from_rfc3339("2028-03-01T00:00:00Z")));
    c.expiration_month = 12;
    EXPECT_FALSE(problem(c, *from_rfc3339("2028-12-31T23:59:59.999Z")));
    EXPECT_TRUE(problem(c, *from_rfc3339("2029-01-01T00:00:00Z")));
}

} // namespace
} // namespace edm::payment_provider
