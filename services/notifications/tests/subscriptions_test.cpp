// The generic test of every subscription: twice, out of order, late, and with deaths at every write.

#include "documents.hpp"

#include <edm/contracts/authentication.hpp>
#include <edm/contracts/ids.hpp>
#include <edm/contracts/purchasing.hpp>
#include <edm/contracts/recipes.hpp>
#include <edm/notifications/notifications.hpp>
#include <edm/testing/declared_service.hpp>
#include <edm/testing/subscription_check.hpp>

#include <gtest/gtest.h>

namespace edm::notifications {
namespace {

const std::string ana = "ana@example.com";
const std::string rui = "rui@example.com";

class Subscriptions : public ::testing::Test
{
  protected:
    testing::declared_service all{
        make_notifications,
        {"user-signed-up", "recipe-published", "recipe-purchase-requested", "purchase-status-changed"}};
    const edm::model& model = all.model;
};

testing::sample_event requested(const std::string& user, const std::string& recipe, std::int64_t attempt)
{
    return {contracts::purchase_id(user, recipe), encode(contracts::recipe_purchase_requested{user, recipe, attempt})};
}

testing::sample_event became(const std::string& user, const std::string& recipe, std::int64_t attempt,
                             std::int64_t status)
{
    return {contracts::purchase_id(user, recipe),
            encode(contracts::purchase_status_changed{user, recipe, attempt, status, "2026-01-15T00:00:00.000Z"})};
}

using sound = std::vector<std::string>;

TEST_F(Subscriptions, NamesAreSound)
{
    const auto signed_up = [](const std::string& id, const std::string& name) {
        return testing::sample_event{id, encode(contracts::user_signed_up{id, name})};
    };
    EXPECT_EQ(testing::check_subscription(model, {.subscription = "notifications.user-names",
                                                  .events = {signed_up(ana, "Ana Lima"), signed_up(rui, "Rui Costa"),
                                                             signed_up(ana, "Ana Souza")}}),
              sound{});
    const auto published = [](const std::string& id, const std::string& name, bool for_sale) {
        return testing::sample_event{id, encode(contracts::recipe_published{id, name, 234, for_sale})};
    };
    EXPECT_EQ(testing::check_subscription(
                  model, {.subscription = "notifications.recipe-names",
                          .events = {published("soup", "Soup", true), published("cake", "Cake", true),
                                     published("soup", "Hot soup", true), published("cake", "Cake", false)}}),
              sound{});
}

// One purchase per user: what is told of several at once keeps the order in which it arrived.
TEST_F(Subscriptions, RequestsAreSound)
{
    EXPECT_EQ(testing::check_subscription(model, {.subscription = "notifications.purchase-requested",
                                                  .events = {requested(ana, "soup", 1), requested(rui, "soup", 1),
                                                             requested(ana, "soup", 2), requested(ana, "soup", 4)}}),
              sound{});
}

TEST_F(Subscriptions, StatusesAreSound)
{
    EXPECT_EQ(testing::check_subscription(model, {.subscription = "notifications.purchase-status",
                                                  .events = {became(ana, "soup", 1, 3), became(rui, "soup", 1, 1),
                                                             became(ana, "soup", 2, 2), became(ana, "soup", 3, 1)}}),
              sound{});
}

} // namespace
} // namespace edm::notifications
