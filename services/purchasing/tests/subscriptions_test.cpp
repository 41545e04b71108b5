// The generic test of every subscription: twice, out of order, late, and with deaths at every write.

#include <edm/contracts/recipes.hpp>
#include <edm/purchasing/purchasing.hpp>
#include <edm/testing/declared_service.hpp>
#include <edm/testing/subscription_check.hpp>

#include <gtest/gtest.h>

namespace edm::purchasing {
namespace {

const edm::model& declared()
{
    static const testing::declared_service all{make_purchasing, {"recipe-published"}};
    return all.model;
}

TEST(Subscriptions, ForSaleIsSound)
{
    const auto event = [](const char* recipe, int price, bool for_sale) {
        return testing::sample_event{recipe, encode(contracts::recipe_published{recipe, "Name", price, for_sale})};
    };
    EXPECT_EQ(testing::check_subscription(declared(), {.subscription = "purchasing.for-sale",
                                                       .events = {event("tea", 100, true), event("pie", 200, true),
                                                                  event("tea", 150, true), event("tea", 150, false)}}),
              std::vector<std::string>{});
}

} // namespace
} // namespace edm::purchasing
