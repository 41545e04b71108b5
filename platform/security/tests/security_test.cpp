#include <edm/core/environment.hpp>
#include <edm/core/text.hpp>
#include <edm/security/mac.hpp>
#include <edm/security/webhook.hpp>

#include <gtest/gtest.h>

namespace {

using namespace edm;
using namespace edm::security;
using namespace std::chrono_literals;

const time_point now{std::chrono::sys_days{std::chrono::year{2026} / 5 / 1}};

// RFC 4231, test case 2.
TEST(Mac, AgreesWithTheRfc)
{
    EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

// The example of the Standard Webhooks specification's reference implementation.
TEST(Webhook, AgreesWithTheReference)
{
    EXPECT_EQ(sign_webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330",
                           R"({"test": 2432232314})"),
              "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(Webhook, RefusesStaleForeignAndChanged)
{
    const std::string secret = "whsec_" + base64("24 bytes are the shortest");
    auto at = std::to_string(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
    auto good = sign_webhook(secret, "id", at, "body");
    EXPECT_TRUE(verify_webhook({secret}, "id", at, good, "body", now));
    EXPECT_TRUE(verify_webhook({"whsec_" + base64("another secret of 24 bytes"), secret}, "id", at, "v1,AAAA " + good,
                               "body", now + 5min));
    EXPECT_FALSE(verify_webhook({secret}, "id", at, good, "body", now + 5min + 1s));
    EXPECT_FALSE(verify_webhook({secret}, "id", at, good, "body", now - 5min - 1s));
    EXPECT_FALSE(verify_webhook({secret}, "other", at, good, "body", now));
    EXPECT_FALSE(verify_webhook({secret}, "id", at, good, "Body", now));
    EXPECT_FALSE(verify_webhook({"whsec_" + base64("another secret of 24 bytes")}, "id", at, good, "body", now));
    for (const auto& bad :
         {at + "x", std::string{"-9223372036854775808"}, std::string{"99999999999999999999"}, "+" + at, std::string{}})
        EXPECT_FALSE(verify_webhook({secret}, "id", bad, sign_webhook(secret, "id", bad, "body"), "body", now)) << bad;
    EXPECT_FALSE(verify_webhook({secret}, "i.d", at, sign_webhook(secret, "i.d", at, "body"), "body", now));
}

TEST(Webhook, ASecretIsWhsecAndTwentyFourToSixtyFourBytes)
{
    for (std::size_t size : {24, 32, 64})
        EXPECT_TRUE(is_webhook_secret("whsec_" + base64(std::string(size, 'k')))) << size;
    const auto good = base64(std::string(24, 'k'));
    for (const auto& bad : {std::string{}, std::string{"whsec_"}, good, "WHSEC_" + good, "whsec_" + good + "\n",
                            "whsec_" + good.substr(1), "whsec_" + base64(std::string(23, 'k')),
                            "whsec_" + base64(std::string(65, 'k')), "whsec_" + std::string(32, '-')}) {
        EXPECT_FALSE(is_webhook_secret(bad)) << bad;
        EXPECT_THROW(sign_webhook(bad, "id", "1", "body"), std::invalid_argument) << bad;
        EXPECT_THROW(verify_webhook({"whsec_" + good, bad}, "id", "1", "v1,AAAA", "body", now), std::invalid_argument)
            << bad;
    }
}

} // namespace
