// The generic test of every subscription: twice, out of order, late, and with deaths at every write.

#include <edm/contracts/ids.hpp>
#include <edm/contracts/purchasing.hpp>
#include <edm/recipes/recipes.hpp>
#include <edm/testing/declared_service.hpp>
#include <edm/testing/subscription_check.hpp>

#include <gtest/gtest.h>

namespace edm::recipes {
namespace {

const edm::model& declared()
{
    static const testing::declared_service all{make_recipes, {"recipe-purchase-requested", "purchase-status-changed"}};
    return all.model;
}

template <class E>
testing::sample_event of(const E& event)
{
    return {contracts::purchase_id(event.user_id, event.recipe_id), encode(event)};
}

const std::vector<std::string> sound;

TEST(Subscriptions, PurchaseRequestedIsSound)
{
    const auto event = [](const char* user, const char* recipe, int attempt) {
        return of(contracts::recipe_purchase_requested{user, recipe, attempt});
    };
    EXPECT_EQ(testing::check_subscription(
                  declared(), {.subscription = "recipes.purchase-requested",
                               .events = {event("ana@example.com", "tea", 1), event("ana@example.com", "pie", 1),
                                          event("rui@example.com", "tea", 1), event("ana@example.com", "tea", 2)}}),
              sound);
}

TEST(Subscriptions, PurchaseStatusIsSound)
{
    const auto event = [](const char* user, const char* recipe, int attempt, int status) {
        return of(contracts::purchase_status_changed{user, recipe, attempt, status, "2026-01-15T00:00:00.000Z"});
    };
    EXPECT_EQ(
        testing::check_subscription(
            declared(), {.subscription = "recipes.purchase-status",
                         .events = {event("ana@example.com", "tea", 1, 3), event("ana@example.com", "pie", 1, 2),
                                    event("rui@example.com", "tea", 1, 1), event("ana@example.com", "tea", 2, 1)}}),
        sound);
}

} // namespace
} // namespace edm::recipes
