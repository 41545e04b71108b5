// The generic test of the subscription: twice, out of order, late, and with deaths at every write.

#include "documents.hpp"

#include <edm/contracts/authentication.hpp>
#include <edm/email_confirmation/email_confirmation.hpp>
#include <edm/testing/declared_service.hpp>
#include <edm/testing/subscription_check.hpp>
#include <gtest/gtest.h>

namespace edm::email_confirmation {
namespace {

/// How many mails an address had in an hour depends on the hour.
std::string without_mail_counts(std::string json)
{
    return json.substr(0, json.find(",\"mails_since\""));
}

TEST(Subscriptions, CreateTokenIsSound)
{
    testing::declared_service all{make_email_confirmation, {"user-signed-up"}};
    const auto signed_up = [](const std::string& id, const std::string& name) {
        return testing::sample_event{id, encode(contracts::user_signed_up{id, name})};
    };
    EXPECT_EQ(testing::check_subscription(all.model, {.subscription = "email-confirmation.create-token",
                                                      .events = {signed_up("ana@example.com", "Ana Lima"),
                                                                 signed_up("rui@example.com", "Rui Costa"),
                                                                 signed_up("ana@example.com", "Ana Lima Souza"),
                                                                 signed_up("ana@example.com", "Ana Souza")},
                                                      .compared = without_mail_counts}),
              std::vector<std::string>{});
}

} // namespace
} // namespace edm::email_confirmation
