// The generic test of every subscription: twice, out of order, late, and with deaths at every write.

#include <edm/contracts/recipes.hpp>
#include <edm/purchasing/purchasing.hpp>
#include <edm/service/service.hpp>
#include <edm/testing/subscription_check.hpp>

#include <gtest/gtest.h>

namespace edm::purchasing {
namespace {

edm::model declared()
{
    static resources from;
    static const auto made = make_purchasing(from);
    config::settings settings;
    edm::model model;
    registry r{model, settings, std::string{made->name()}};
    made->declare(r);
    r.finish();
    // Somebody else publishes these; who does not matter.
    for (std::string topic : {"recipe-published"})
        model.topics.push_back({.service = "outside", .name = topic, .event_type = "edm." + topic + ".v1"});
    return model;
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
