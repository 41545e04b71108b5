// The generic test of each subscription: twice, out of order, late, and with deaths at every write.

#include "documents.hpp"

#include <edm/authentication/authentication.hpp>
#include <edm/contracts/authentication.hpp>
#include <edm/contracts/email_confirmation.hpp>
#include <edm/testing/subscription_check.hpp>
#include <gtest/gtest.h>

namespace edm::authentication {
namespace {

constexpr db_id users = 0, profiles = 1; // in the order of `declare()`

struct declared_service
{
    resources from;
    std::unique_ptr<service> made = make_authentication(from);
    config::settings settings;
    edm::model model;

    declared_service()
    {
        registry r{model, settings, std::string{made->name()}};
        made->declare(r);
        r.finish();
        // Somebody else publishes it; who does not matter.
        model.topics.push_back(
            {.service = "outside", .name = "email-confirmed", .event_type = "edm.email-confirmed.v1"});
    }
};

std::string account(const std::string& id, std::int64_t sign_ups)
{
    return encode(user_credentials{
        .id = id, .password_hash = "hash", .name = "Ana Lima", .phone_number = "123", .sign_ups = sign_ups});
}

const std::string ana = "ana@example.com", rui = "rui@example.com";

TEST(Subscriptions, EnableUserIsSound)
{
    declared_service all;
    const auto confirmed = [](const std::string& id, int sign_up) {
        return testing::sample_event{id, encode(contracts::email_confirmed{id, sign_up})};
    };
    EXPECT_EQ(testing::check_subscription(
                  all.model, {.subscription = "authentication.enable-user",
                              .events = {confirmed(ana, 1), confirmed(rui, 1), confirmed(ana, 2), confirmed(ana, 2)},
                              .documents = {{users, ana, account(ana, 2)}, {users, rui, account(rui, 1)}}}),
              std::vector<std::string>{});
}

TEST(Subscriptions, FileProfileIsSound)
{
    declared_service all;
    const auto signed_up = [](const std::string& id) {
        return testing::sample_event{id, encode(contracts::user_signed_up{id, "Ana Lima"})};
    };
    EXPECT_EQ(testing::check_subscription(
                  all.model, {.subscription = "authentication.file-profile",
                              .events = {signed_up(ana), signed_up(ana), signed_up(rui)},
                              .documents = {{users, ana, account(ana, 2)}, {users, rui, account(rui, 1)}}}),
              std::vector<std::string>{});
}

TEST(Declaration, DatabasesAreInTheOrderThatTheSamplesName)
{
    declared_service all;
    ASSERT_NE(all.model.database("authentication", "user-credentials"), nullptr);
    EXPECT_EQ(all.model.database("authentication", "user-credentials")->id, users);
    EXPECT_EQ(all.model.database("authentication", "user-info")->id, profiles);
}

TEST(Declaration, OnlyWhatNeedsATokenAsksForOne)
{
    declared_service all;
    for (const auto& e : all.model.endpoints) {
        const bool needs_token = e.path == "/logout" || e.path == "/change-password";
        EXPECT_EQ(e.authenticated, needs_token) << e.path;
        EXPECT_TRUE(e.no_store) << e.path;
        EXPECT_FALSE(e.summary.empty() || e.description.empty()) << e.path;
    }
}

} // namespace
} // namespace edm::authentication
