// Purchasing as a whole: a buyer, a payment provider that answers as it is told, its webhooks, the clock.

#include "stage.hpp"

#include <algorithm>
#include <chrono>

namespace edm::purchasing {
namespace {

using namespace std::chrono_literals;
using testing::outside_party;
using answer = outside_party::answer;

TEST_F(Purchasing, BuysARecipe)
{
    const auto bought = buy();
    EXPECT_EQ(name(bought), "201 api_recipe_purchase_requested");
    EXPECT_NE(bought.body.find(fmt::format(R"({{"recipe_id":"tea","purchase_id":"{}","attempt":1}})", purchase)),
              std::string::npos)
        << bought.body;
    ASSERT_EQ(provider.calls.size(), 1u);
    EXPECT_EQ(provider.calls[0].url, "http://shop.test/create-checkout/tea");
    EXPECT_EQ(provider.calls[0].header("Idempotency-Key"), purchase + ".1");
    EXPECT_EQ(provider.calls[0].limit, 5s);
    EXPECT_EQ(provider.calls[0].body.find(R"({"payment_encr_info":{"encr_info":"gAAAA-card"},"api_key":")"), 0u);
    EXPECT_TRUE(provider.calls[0].body.ends_with(R"(","amount":4.90})"));
    EXPECT_EQ(provider.calls[0].header("traceparent").size(), 55u);
    EXPECT_EQ(requests(), "1 ");
    EXPECT_EQ(statuses(), "");
    EXPECT_EQ(name(webhook(1)), "202 api_payment_webhook_notified");
    EXPECT_EQ(statuses(), "1:1 ");
    sut.advance(10min);
    EXPECT_EQ(provider.calls.size(), 1u) << "the due work is gone";
    EXPECT_EQ(name(buy()), "409 api_recipe_already_purchased");
}

struct outcome_case
{
    const char* what;
    answer said;
    const char* told;       ///< to the buyer
    const char* told_again; ///< when the buyer tries again
    std::size_t more_calls; ///< that due work makes within a minute, all accepted
    const char* requested;  ///< events in the end
};

TEST_F(Purchasing, AnswersAsTheProviderDid)
{
    const outcome_case table[] = {
        {"accepted", http_answer{.status = 201}, "201 api_recipe_purchase_requested",
         "409 api_recipe_already_requested", 0, "1 "},
        {"refused", http_answer{.status = 400}, "400 api_payment_refused", "201 api_recipe_purchase_requested", 0,
         "2 "},
        {"wrong key", http_answer{.status = 401}, "400 api_payment_refused", "201 api_recipe_purchase_requested", 0,
         "2 "},
        {"bad body", http_answer{.status = 422}, "400 api_payment_refused", "201 api_recipe_purchase_requested", 0,
         "2 "},
        {"not connected", std::unexpected{http_problem::refused}, "503 payment_provider_away",
         "201 api_recipe_purchase_requested", 0, "2 "},
        {"no answer", std::unexpected{http_problem::timeout}, "500 purchase_outcome_unknown",
         "409 api_recipe_already_requested", 1, "1 "},
        {"broken", std::unexpected{http_problem::broken}, "500 purchase_outcome_unknown",
         "409 api_recipe_already_requested", 1, "1 "},
        {"server error", http_answer{.status = 500}, "500 purchase_outcome_unknown", "409 api_recipe_already_requested",
         1, "1 "},
        {"unavailable", http_answer{.status = 503}, "500 purchase_outcome_unknown", "409 api_recipe_already_requested",
         1, "1 "},
        {"too many", http_answer{.status = 429}, "500 purchase_outcome_unknown", "409 api_recipe_already_requested", 1,
         "1 "},
        {"redirect", http_answer{.status = 302}, "500 purchase_outcome_unknown", "409 api_recipe_already_requested", 1,
         "1 "},
        {"another success", http_answer{.status = 200}, "500 purchase_outcome_unknown",
         "409 api_recipe_already_requested", 1, "1 "},
    };
    int n = 0;
    for (const auto& [what, said, told, told_again, more_calls, requested] : table) {
        const auto user = fmt::format("user{}@example.com", ++n);
        provider.answers = {said};
        provider.calls.clear();
        const auto before = requests();
        EXPECT_EQ(name(buy(card, {}, user)), told) << what;
        EXPECT_EQ(name(buy(card, {}, user)), told_again) << what;
        const auto calls = provider.calls.size();
        sut.advance(1min);
        EXPECT_EQ(provider.calls.size() - calls, more_calls) << what;
        EXPECT_EQ(provider.calls.back().body, provider.calls.front().body) << what;
        EXPECT_EQ(requests(), before + requested) << what;
    }
}

TEST_F(Purchasing, ARefusalThatIsNoKeptVerdictDoesNotEraseWhatMayHaveBeenAccepted)
{
    provider.answers = {std::unexpected{http_problem::timeout}, http_answer{.status = 401},
                        std::unexpected{http_problem::refused}, http_answer{.status = 201}};
    EXPECT_EQ(buy().status, 500);
    sut.advance(5min);
    EXPECT_EQ(provider.calls.size(), 4u);
    for (const auto& r : provider.calls)
        EXPECT_EQ(r.header("Idempotency-Key"), purchase + ".1");
    EXPECT_EQ(requests(), "1 ");
}

TEST_F(Purchasing, AKeptRefusalErasesTheAttemptAlsoAfterAClaim)
{
    provider.answers = {std::unexpected{http_problem::timeout}, http_answer{.status = 400}};
    EXPECT_EQ(buy().status, 500);
    sut.advance(5min);
    EXPECT_EQ(provider.calls.size(), 2u);
    EXPECT_EQ(requests(), "");
    EXPECT_EQ(buy().status, 201);
    EXPECT_EQ(provider.calls.back().header("Idempotency-Key"), purchase + ".2") << "the number stays used";
    EXPECT_EQ(requests(), "2 ");
}

TEST_F(Purchasing, AWebhookThatComesBeforeTheAnswerCarriesThePurchase)
{
    provider.answers = {std::unexpected{http_problem::timeout}};
    EXPECT_EQ(buy().status, 500);
    EXPECT_EQ(webhook(1).status, 202);
    EXPECT_EQ(requests(), "1 ");
    EXPECT_EQ(statuses(), "1:1 ");
    sut.advance(10min);
    EXPECT_EQ(provider.calls.size(), 1u);
}

TEST_F(Purchasing, AWebhookDuringTheCallDecidesTheAnswer)
{
    provider.answers = {std::unexpected{http_problem::timeout}};
    provider.meanwhile = [this] { EXPECT_EQ(webhook(3).status, 202); };
    EXPECT_EQ(buy().status, 201);
    EXPECT_EQ(requests(), "1 ");
    EXPECT_EQ(statuses(), "1:3 ");
    EXPECT_EQ(buy().status, 201) << "failed: it can be bought again";
}

TEST_F(Purchasing, WhileTheCallRunsNobodyElseBuysIt)
{
    std::string other, same;
    provider.meanwhile = [&] {
        other = name(buy());
        same = name(buy(card, "k"));
    };
    EXPECT_EQ(buy(card, "k").status, 201);
    EXPECT_EQ(other, "409 api_recipe_already_requested");
    EXPECT_EQ(same, "409 api_recipe_purchase_in_progress");
    EXPECT_EQ(provider.calls.size(), 1u);
}

TEST_F(Purchasing, RepeatsAnAnswerForTheSameKey)
{
    EXPECT_EQ(buy(card, "k").status, 201);
    EXPECT_EQ(buy(card, "k").status, 201);
    EXPECT_EQ(name(buy(R"({"encr_info":"another"})", "k")), "422 idempotency_key_reused");
    EXPECT_EQ(webhook(2).status, 202);
    EXPECT_EQ(buy(card, "k").status, 201);
    EXPECT_EQ(provider.calls.size(), 1u);
    EXPECT_EQ(requests(), "1 ");
    EXPECT_EQ(buy(card, "l").status, 201);
    EXPECT_EQ(requests(), "1 2 ");
}

TEST_F(Purchasing, TakesAWebhookOnceAndKeepsADifferentLaterOne)
{
    EXPECT_EQ(buy().status, 201);
    for (int status : {0, 3, 3, 0, 1, 1, 2})
        EXPECT_EQ(webhook(status).status, 202) << status;
    EXPECT_EQ(statuses(), "1:3 ");
    EXPECT_EQ(requests(), "1 ");
}

TEST_F(Purchasing, DoesNotKnowOtherCheckouts)
{
    EXPECT_EQ(name(webhook(1)), "404 update_payment_status_checkout_not_found");
    EXPECT_EQ(buy().status, 201);
    EXPECT_EQ(webhook(1, 2).status, 404);
    EXPECT_EQ(webhook(1, 0).status, 404);
    EXPECT_EQ(webhook(1, 1, "nobody").status, 404);
    EXPECT_EQ(statuses(), "");
}

TEST_F(Purchasing, SellsOnlyWhatIsForSaleAtThePriceThatIsExpected)
{
    EXPECT_EQ(name(buy(card, {}, ana, "coffee")), "404 api_recipe_not_found");
    EXPECT_EQ(name(buy(R"({"encr_info":"x","expected_price":4.89})")), "409 price_changed");
    offer("tea", 500);
    const auto changed = buy(R"({"encr_info":"x","expected_price":4.9})");
    EXPECT_EQ(name(changed), "409 price_changed");
    EXPECT_NE(changed.body.find(R"({"price":5.00})"), std::string::npos) << changed.body;
    EXPECT_EQ(buy(R"({"encr_info":"x","expected_price":5.0})").status, 201);
    offer("tea", 500, false);
    EXPECT_EQ(name(buy()), "409 api_recipe_already_requested");
    EXPECT_EQ(name(buy(card, {}, "bea@example.com")), "404 api_recipe_not_found");
}

TEST_F(Purchasing, TakesOnlySignedWebhooks)
{
    EXPECT_EQ(buy().status, 201);
    const auto path = fmt::format("/payment-webhook/{}.1", purchase);
    const std::string body = R"({"recipe_id":"tea","payment_id":"p","payment_status":1})";
    EXPECT_EQ(sut.post(path, body, {}).status, 401);
    EXPECT_EQ(sut.post(path, body, sut.signature(body + " ")).status, 401);
    const auto old = sut.signature(body);
    sut.advance(6min);
    EXPECT_EQ(sut.post(path, body, old).status, 401);
    EXPECT_EQ(statuses(), "");
    EXPECT_EQ(sut.post(path, body, sut.signature(body)).status, 202);
}

TEST_F(Purchasing, TellsWhatALaterReadMustInclude)
{
    const auto bought = buy();
    const auto after = std::ranges::find(bought.headers, "Edm-After", &std::pair<std::string, std::string>::first);
    ASSERT_NE(after, bought.headers.end());
    EXPECT_EQ(after->second, fmt::format("recipe-purchase-requested/{}/0000000001.000000000001", purchase));
}

TEST_F(Purchasing, TellsItAgainToWhoRepeatsTheRequest)
{
    const auto first = buy(card, "k"), again = buy(card, "k");
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(testing::header_of(again, "Edm-After"),
              fmt::format("recipe-purchase-requested/{}/0000000001.000000000001", purchase));
    EXPECT_EQ(testing::header_of(again, "Edm-After"), testing::header_of(first, "Edm-After"));
}

TEST_F(Purchasing, TellsWhatAWebhookPublishedThatOvertookTheAnswer)
{
    provider.meanwhile = [this] { EXPECT_EQ(webhook(1).status, 202); };
    const auto bought = buy();
    EXPECT_EQ(bought.status, 201);
    EXPECT_EQ(testing::header_of(bought, "Edm-After"),
              fmt::format("recipe-purchase-requested/{0}/0000000001.000000000001, "
                          "purchase-status-changed/{0}/0000000001.000000000001",
                          purchase));
}

} // namespace
} // namespace edm::purchasing
