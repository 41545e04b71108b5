// Webhooks: when they come, that they are signed, how often they are tried, and what each test card leads to.

#include "stage.hpp"

#include <edm/core/text.hpp>

#include <set>

namespace edm::payment_provider {
namespace {

using namespace std::chrono_literals;
using testing::outcome_of;

// Standard Webhooks 1.0 and HMAC (RFC 2104) once more, from the specifications alone.

std::string hmac_sha256(std::string key, std::string_view text)
{
    constexpr std::size_t block = 64;
    if (key.size() > block)
        key = sha256(key);
    key.resize(block, '\0');
    std::string inner, outer;
    for (const char c : key) {
        inner += static_cast<char>(c ^ 0x36);
        outer += static_cast<char>(c ^ 0x5c);
    }
    return sha256(outer + sha256(inner + std::string{text}));
}

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string base64(std::string_view bytes)
{
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        std::uint32_t group = 0;
        for (std::size_t i = 0; i != 3; ++i)
            group = group << 8 | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U);
        for (std::size_t i = 0; i != 4; ++i)
            out += at + i <= bytes.size() ? alphabet[group >> (18 - 6 * i) & 63] : '=';
    }
    return out;
}

std::string from_base64(std::string_view text)
{
    std::string out;
    std::uint32_t bits = 0;
    int have = 0;
    for (const char c : text) {
        const auto value = alphabet.find(c);
        if (value == std::string_view::npos)
            break;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        if ((have += 6) >= 8)
            out += static_cast<char>(bits >> (have -= 8) & 255);
    }
    return out;
}

std::string expected_signature(const testing::outside_call& call)
{
    const auto key = from_base64(testing::one_service::webhook_secret.substr(6));
    return "v1," + base64(hmac_sha256(key, call.header("webhook-id") + "." + call.header("webhook-timestamp") + "." +
                                               call.body));
}

TEST(IndependentHmac, IsThatOfRfc4231)
{
    EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(base64(from_base64("c2VjcmV0IG9mIHRoZSB0ZXN0cw==")), "c2VjcmV0IG9mIHRoZSB0ZXN0cw==");
}

TEST_F(PaymentProvider, TellsTheShopOnceSigned)
{
    const auto began = sut.now();
    EXPECT_EQ(pay(good).status, 201);
    sut.advance(1999ms);
    EXPECT_TRUE(shop.calls.empty());
    sut.advance(2001ms);
    ASSERT_EQ(shop.calls.size(), 1u);
    const auto& call = shop.calls[0];
    EXPECT_EQ(call.url, "http://shop.test/payment-webhook/purchase.1");
    EXPECT_TRUE(call.body.starts_with(R"({"recipe_id":"tea","payment_id":")")) << call.body;
    EXPECT_TRUE(call.body.ends_with(R"(","payment_status":1})")) << call.body;
    EXPECT_EQ(call.header("content-type"), "application/json");
    EXPECT_EQ(call.header("webhook-signature"), expected_signature(call));
    EXPECT_EQ(call.header("traceparent").size(), 55u);
    EXPECT_EQ(call.limit, 15s);
    const auto after = seconds_since(began).at(0);
    EXPECT_TRUE(after >= 2 && after <= 4) << after;
    sut.advance(72h);
    EXPECT_EQ(shop.calls.size(), 1u);
}

TEST_F(PaymentProvider, RepeatsAWebhookUntilItIsTakenWithBackoff)
{
    shop.answers = {http_answer{.status = 500},
                    std::unexpected{http_problem::refused},
                    std::unexpected{http_problem::timeout},
                    http_answer{.status = 302},
                    http_answer{.status = 404},
                    http_answer{.status = 401},
                    http_answer{.status = 500},
                    http_answer{.status = 204}};
    EXPECT_EQ(pay(good).status, 201);
    sut.advance(4s);
    const auto first = sut.now();
    sut.advance(72h);
    ASSERT_EQ(shop.calls.size(), 8u);
    const std::int64_t steps[] = {5, 300, 1'800, 7'200, 18'000, 36'000, 36'000};
    const auto at = seconds_since(first);
    std::set<std::string> signatures;
    for (std::size_t i = 1; i != at.size(); ++i) {
        const auto pause = at[i] - at[i - 1];
        EXPECT_TRUE(pause >= steps[i - 1] - 1 && pause <= steps[i - 1] * 6 / 5 + 1) << i << ": " << pause;
    }
    for (const auto& call : shop.calls) {
        EXPECT_EQ(call.header("webhook-id"), shop.calls[0].header("webhook-id"));
        EXPECT_EQ(call.header("webhook-signature"), expected_signature(call)) << "signed anew, with its own time";
        EXPECT_EQ(call.body, shop.calls[0].body);
        signatures.insert(call.header("webhook-signature"));
    }
    EXPECT_EQ(signatures.size(), 8u);
    EXPECT_NE(ledger().body.find(R"("notified":true)"), std::string::npos);
}

TEST_F(PaymentProvider, WaitsAsLongAsTheShopAsks)
{
    shop.answers = {http_answer{.status = 503, .headers = {{"retry-after", "600"}}}};
    EXPECT_EQ(pay(good).status, 201);
    sut.advance(4s);
    sut.advance(590s);
    EXPECT_EQ(shop.calls.size(), 1u);
    sut.advance(20s);
    EXPECT_EQ(shop.calls.size(), 2u);
}

TEST_F(PaymentProvider, ARestartLosesNoPayment)
{
    EXPECT_EQ(pay(good).status, 201);
    sut.restart();
    EXPECT_TRUE(shop.calls.empty());
    sut.advance(4s);
    EXPECT_EQ(told(), "1");
    sut.restart();
    sut.advance(1h);
    EXPECT_EQ(told(), "1");

    shop.otherwise.status = 500;
    EXPECT_EQ(pay("4000000000000002", "purchase.2").status, 201);
    sut.advance(4s);
    EXPECT_EQ(told(), "13");
    sut.restart();
    shop.otherwise.status = 202;
    sut.advance(1min);
    EXPECT_EQ(told(), "133") << "the next try was due, and is made";
    EXPECT_EQ(shop.calls[1].header("webhook-id"), shop.calls[2].header("webhook-id"));
    sut.advance(72h);
    EXPECT_EQ(told(), "133");
}

TEST_F(PaymentProvider, ATestCardChoosesTheOutcome)
{
    const struct
    {
        const char* card;
        const char* answer;
        const char* told;
        const char* ledger;
    } table[] = {
        {"4242424242424242", "201 pprovider_checkout_received", "1", R"("payment_status":1)"},
        {"5555555555554444", "201 pprovider_checkout_received", "1", R"("payment_status":1)"},
        {"4000000000000002", "201 pprovider_checkout_received", "3", R"("The card was declined.")"},
        {"4000000000009995", "201 pprovider_checkout_received", "3", R"("The card has insufficient funds.")"},
        {"4000000000000069", "201 pprovider_checkout_received", "3", R"("The card is expired, says its bank.")"},
        {"4000000000000127", "201 pprovider_checkout_received", "3", R"("The card's security code is wrong.")"},
        {"4000000000000119", "201 pprovider_checkout_received", "3", R"("The payment could not be processed.")"},
        {"4000000000005001", "201 pprovider_checkout_received", "2", R"("payment_status":2)"},
        {"4000000000001000", "201 pprovider_checkout_received", "01", R"("payment_status":1)"},
        {"4000000000002008", "201 pprovider_checkout_received", "11", R"("payment_status":1)"},
        {"4000000000003006", "201 pprovider_checkout_received", "1", R"("payment_status":1)"},
        {"4000000000004004", "400 pprovider_payment_info_error", "", R"("The provider does not take this card.")"},
    };
    for (const auto& row : table) {
        shop.calls.clear();
        EXPECT_EQ(outcome_of(pay(row.card, row.card)), row.answer) << row.card;
        sut.advance(24h);
        EXPECT_EQ(told(), row.told) << row.card;
        const auto all = ledger().body;
        const auto from = all.find(fmt::format(R"({{"checkout_id":"{}")", row.card));
        EXPECT_NE(all.substr(from, all.find('}', from) - from).find(row.ledger), std::string::npos) << row.card;
    }
}

TEST_F(PaymentProvider, PaidLateIsPendingFirst)
{
    const auto began = sut.now();
    pay("4000000000001000");
    sut.advance(1h);
    ASSERT_EQ(told(), "01");
    EXPECT_LE(seconds_since(began)[0], 4);
    EXPECT_EQ(seconds_since(began)[1], 7) << "3 s after the longest delay";
    EXPECT_NE(shop.calls[0].header("webhook-id"), shop.calls[1].header("webhook-id"));
}

TEST_F(PaymentProvider, SentTwiceIsOneWebhook)
{
    pay("4000000000002008");
    sut.advance(1h);
    ASSERT_EQ(told(), "11");
    EXPECT_EQ(shop.calls[0].header("webhook-id"), shop.calls[1].header("webhook-id"));
    EXPECT_EQ(shop.calls[0].body, shop.calls[1].body);
}

TEST_F(PaymentProvider, LostOnceComesWithTheSecondTry)
{
    const auto began = sut.now();
    pay("4000000000003006");
    sut.advance(6s);
    EXPECT_EQ(told(), "");
    EXPECT_NE(ledger().body.find(R"("payment_status":1,"notified":false)"), std::string::npos) << "charged, not told";
    sut.advance(1h);
    ASSERT_EQ(told(), "1");
    EXPECT_GE(seconds_since(began)[0], 7);
}

} // namespace
} // namespace edm::payment_provider
