// The generic test of each subscription: twice, out of order, late, and with deaths at every write.

#include "documents.hpp"

#include <edm/authentication/authentication.hpp>
#include <edm/contracts/authentication.hpp>
#include <edm/contracts/email_confirmation.hpp>
#include <edm/testing/declared_service.hpp>
#include <edm/testing/subscription_check.hpp>
#include <gtest/gtest.h>

namespace edm::authentication {
namespace {

constexpr db_id users = 0, profiles = 1; // in the order of `declare()`

struct all_declared : testing::declared_service
{
    all_declared() : declared_service(make_authentication, {"email-confirmed"}) {}
};

std::string account(const std::string& id, std::int64_t sign_ups)
{
    return encode(user_credentials{
        .id = id, .password_hash = "hash", .name = "Ana Lima", .phone_number = "123", .sign_ups = sign_ups});
}

const std::string ana = "ana@example.com", rui = "rui@example.com";

TEST(Subscriptions, EnableUserIsSound)
{
    all_declared all;
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
    all_declared all;
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
    all_declared all;
    ASSERT_NE(all.model.database("authentication", "user-credentials"), nullptr);
    EXPECT_EQ(all.model.database("authentication", "user-credentials")->id, users);
    EXPECT_EQ(all.model.database("authentication", "user-info")->id, profiles);
}

TEST(Declaration, OnlyWhatNeedsATokenAsksForOne)
{
    all_declared all;
    for (const auto& e : all.model.endpoints) {
        const bool needs_token = e.path == "/logout" || e.path == "/change-password";
        EXPECT_EQ(e.authenticated, needs_token) << e.path;
        EXPECT_TRUE(e.no_store) << e.path;
        EXPECT_FALSE(e.summary.empty() || e.description.empty()) << e.path;
    }
}

} // namespace
} // namespace edm::authentication
