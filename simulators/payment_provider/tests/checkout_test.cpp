// Checkouts: verdicts and their repetition, who may ask, what does not fit, the ledger, the card form.

#include "stage.hpp"

#include <vector>

namespace edm::payment_provider {
namespace {

using namespace std::chrono_literals;
using testing::bad_body;
using testing::member_of;
using testing::outcome_of;
using testing::violations_of;

TEST_F(PaymentProvider, AcceptsAGoodCard)
{
    const auto answer = pay(good);
    EXPECT_EQ(outcome_of(answer), "201 pprovider_checkout_received");
    EXPECT_EQ(member_of(answer, "checkout_id"), "purchase.1") << "the Idempotency-Key is the checkout's id";
    EXPECT_NE(member_of(pay(good, ""), "checkout_id"), "");
    EXPECT_TRUE(shop.calls.empty()) << "a payment takes its time";
}

TEST_F(PaymentProvider, RepeatsItsVerdictForAKeyWhateverElseIsAsked)
{
    EXPECT_EQ(pay(good).status, 201);
    for (const auto& body : {order(encrypted(good), "9.99"), order("no token"), order(encrypted("4000000000004004")),
                             fmt::format(R"({{"api_key":"{}"}})", api_key),
                             fmt::format(R"({{"api_key":"{}","payment_encr_info":7,"amount":-1}})", api_key)}) {
        const auto again = ask(body);
        EXPECT_EQ(outcome_of(again), "201 pprovider_checkout_received") << body;
        EXPECT_EQ(member_of(again, "checkout_id"), "purchase.1");
    }
    sut.advance(1h);
    EXPECT_EQ(told(), "1") << "one payment";

    const auto refused = ask(order("no token"), "purchase.2");
    EXPECT_EQ(outcome_of(refused), "400 pprovider_payment_info_error");
    sut.restart();
    EXPECT_EQ(pay(good, "purchase.2").body, refused.body) << "with its reason";
    EXPECT_EQ(pay(good).status, 201);
    sut.advance(1h);
    EXPECT_EQ(told(), "1");
}

TEST_F(PaymentProvider, ChecksTheApiKeyBeforeAnythingElse)
{
    EXPECT_EQ(pay(good).status, 201);
    const std::string wrong(64, 'w');
    for (const auto& body :
         {std::string{"{}"}, std::string{R"({"api_key":null})"}, std::string{R"({"api_key":7,"amount":"x"})"},
          fmt::format(R"({{"api_key":"{}"}})", wrong), fmt::format(R"({{"api_key":"{}"}})", api_key.substr(1)),
          fmt::format(R"({{"api_key":"{}","payment_encr_info":{{"encr_info":"x"}}}})", wrong)})
        for (const auto* key : {"purchase.1", "purchase.2", ""})
            EXPECT_EQ(outcome_of(ask(body, key)), "401 pprovider_api_key_error") << body << key;
    EXPECT_EQ(pay(good, "purchase.2").status, 201) << "no verdict was kept";
}

TEST_F(PaymentProvider, RefusesCardsAtOnceThatCannotBeCards)
{
    EXPECT_EQ(outcome_of(ask(order("nonsense"))), "400 pprovider_payment_info_error");
    EXPECT_EQ(outcome_of(pay("4242424242424241", "luhn")), "400 pprovider_payment_info_error");
    auto expired = sut.post("/encrypt-card", R"({"card_holder_name":"Ana","card_number":"4242424242424242",)"
                                             R"("expiration_month":12,"expiration_year":2025,"cvv":"123"})");
    EXPECT_EQ(outcome_of(ask(order(member_of(expired, "encr_info")), "")), "400 pprovider_payment_info_error");
    sut.advance(1h);
    EXPECT_TRUE(shop.calls.empty());
}

TEST_F(PaymentProvider, RefusesOrdersThatDoNotFit)
{
    const auto with = [](const std::string& rest) { return fmt::format(R"({{"api_key":"{}"{}}})", api_key, rest); };
    const std::vector<bad_body> table{
        {"nothing", "", "422 body missing"},
        {"cut off", R"({"api_key":)", "422 body.11 json_invalid"},
        {"bad UTF-8", "{\"api_key\":\"\xff\"}", "422 body.12 json_invalid"},
        {"a list", "[]", "422 body model_attributes_type"},
        {"no card", with(""), "422 body.payment_encr_info missing"},
        {"no token", with(R"(,"payment_encr_info":{})"), "422 body.payment_encr_info.encr_info missing"},
        {"empty token", with(R"(,"payment_encr_info":{"encr_info":""})"),
         "422 body.payment_encr_info.encr_info string_too_short"},
        {"long token", with(R"(,"payment_encr_info":{"encr_info":")" + std::string(8193, 'x') + R"("})"),
         "422 body.payment_encr_info.encr_info string_too_long"},
        {"card as a text, amount as one", with(R"(,"payment_encr_info":"x","amount":"1")"),
         "422 body.payment_encr_info model_attributes_type, body.amount float_type"},
        {"three decimals", with(R"(,"payment_encr_info":{"encr_info":"x"},"amount":1.234)"),
         "422 body.amount decimal_max_places"},
        {"a negative amount", with(R"(,"payment_encr_info":{"encr_info":"x"},"amount":-1)"),
         "422 body.amount greater_than_equal"},
    };
    for (const auto& [name, body, answer] : table)
        EXPECT_EQ(violations_of(ask(body)), answer) << name;
    EXPECT_EQ(violations_of(ask(order("x"), std::string(201, 'k'))), "422 header.idempotency_key string_too_long");
    EXPECT_EQ(pay(good).status, 201) << "no verdict was kept";
}

TEST_F(PaymentProvider, EncryptsACardForTheShop)
{
    const auto answer = sut.post("/encrypt-card", card_json_of("4242 4242 4242 4242"));
    EXPECT_EQ(outcome_of(answer), "200 pprovider_card_encrypted");
    EXPECT_TRUE(member_of(answer, "encr_info").starts_with("gAAAA")) << "a Fernet token";
    EXPECT_NE(encrypted(good), encrypted(good));
    EXPECT_EQ(testing::header_of(answer, "Cache-Control"), "no-store");
    EXPECT_EQ(violations_of(sut.post("/encrypt-card", "{}")),
              "422 body.card_holder_name missing, body.card_number missing, body.expiration_month missing, "
              "body.expiration_year missing, body.cvv missing");
    const auto bad =
        sut.post("/encrypt-card", R"({"card_holder_name":"","card_number":"42424242424242424242424242424242",)"
                                  R"("expiration_month":13,"expiration_year":"x","cvv":"98765",)"
                                  R"("number_installments":0})");
    EXPECT_EQ(violations_of(bad), "422 body.card_holder_name string_too_short, body.card_number string_too_long, "
                                  "body.expiration_month less_than_equal, body.expiration_year int_type, body.cvv "
                                  "string_too_long, body.number_installments greater_than_equal");
    for (const auto* typed : {"4242", "98765"})
        EXPECT_EQ(bad.body.find(typed), std::string::npos) << bad.body;
}

TEST_F(PaymentProvider, ACardFormIsThereForPeopleWithoutScript)
{
    const auto form = sut.get("/card-form");
    EXPECT_EQ(form.status, 200);
    EXPECT_NE(form.body.find(R"(<form method="post" action="/card-form">)"), std::string::npos);
    EXPECT_EQ(form.body.find("<script"), std::string::npos);
    const auto filled =
        sut.submit("/card-form", "card_holder_name=Ana&card_number=4242+4242+4242+4242&expiration_month=12&"
                                 "expiration_year=2031&cvv=123&number_installments=");
    ASSERT_EQ(filled.status, 200) << filled.body;
    const auto from = filled.body.find("readonly>") + 9;
    const auto token = filled.body.substr(from, filled.body.find("</textarea>") - from);
    EXPECT_EQ(outcome_of(ask(order(token))), "201 pprovider_checkout_received");

    const auto bad = sut.submit("/card-form", "card_holder_name=%3Cb%3E&card_number=987654321&cvv=98765");
    EXPECT_EQ(bad.status, 400);
    EXPECT_NE(bad.body.find("<li>Security code: "), std::string::npos) << bad.body;
    EXPECT_NE(bad.body.find("<li>Year of expiry (4 digits): Field required"), std::string::npos);
    for (const auto* typed : {"<b>", "98765"})
        EXPECT_EQ(bad.body.find(typed), std::string::npos) << bad.body;
}

TEST_F(PaymentProvider, ShowsItsLedgerToTheShop)
{
    pay(good, "a");
    pay("4000000000000002", "b");
    ask(order("nonsense"), "c");
    const auto line = [this](const std::string& id) {
        const auto all = ledger().body;
        const auto from = all.find(fmt::format(R"({{"checkout_id":"{}")", id));
        return all.substr(from, all.find('}', from) - from);
    };
    EXPECT_NE(line("a").find(R"("recipe_id":"tea","accepted":true)"), std::string::npos) << line("a");
    EXPECT_NE(line("a").find(R"("amount":4.90,"payment_status":0,"notified":false)"), std::string::npos) << line("a");
    sut.advance(1h);
    EXPECT_NE(line("a").find(R"("payment_status":1,"notified":true)"), std::string::npos) << line("a");
    EXPECT_NE(line("b").find("The card was declined."), std::string::npos) << line("b");
    EXPECT_NE(line("b").find(R"("payment_status":3,"notified":true)"), std::string::npos) << line("b");
    EXPECT_NE(line("c").find(R"("accepted":false)"), std::string::npos) << line("c");
    EXPECT_EQ(ledger().body.find("4242"), std::string::npos) << "no card is kept";

    EXPECT_EQ(member_of(ledger("?limit=2"), "next"), "b");
    EXPECT_NE(ledger("?limit=2&after=b").body.find(R"("checkout_id":"c")"), std::string::npos);
    EXPECT_EQ(violations_of(ledger("?limit=0")), "422 query.limit greater_than_equal");
    EXPECT_EQ(outcome_of(sut.get("/checkouts")), "401 pprovider_api_key_error");
    EXPECT_EQ(outcome_of(sut.get("/checkouts", {{"X-Api-Key", "x"}})), "401 pprovider_api_key_error");
}

} // namespace
} // namespace edm::payment_provider
