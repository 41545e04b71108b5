// The generic test of the subscription: twice, out of order, late, and with deaths at every write.

#include "documents.hpp"

#include <edm/contracts/authentication.hpp>
#include <edm/email_confirmation/email_confirmation.hpp>
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
    resources from;
    auto made = make_email_confirmation(from);
    config::settings settings;
    edm::model model;
    registry r{model, settings, std::string{made->name()}};
    made->declare(r);
    r.finish();
    // Somebody else publishes it; who does not matter.
    model.topics.push_back({.service = "outside", .name = "user-signed-up", .event_type = "edm.user-signed-up.v1"});

    const auto signed_up = [](const std::string& id, const std::string& name) {
        return testing::sample_event{id, encode(contracts::user_signed_up{id, name})};
    };
    EXPECT_EQ(testing::check_subscription(model, {.subscription = "email-confirmation.create-token",
                                                  .events = {signed_up("ana@example.com", "Ana Lima"),
                                                             signed_up("rui@example.com", "Rui Costa"),
                                                             signed_up("ana@example.com", "Ana Lima Souza"),
                                                             signed_up("ana@example.com", "Ana Souza")},
                                                  .compared = without_mail_counts}),
              std::vector<std::string>{});
}

} // namespace
} // namespace edm::email_confirmation
