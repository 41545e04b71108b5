// The frozen samples: events of any age decode for ever, to these values, and encode to the same bytes.

#include <edm/bus/event.hpp>
#include <edm/contracts/authentication.hpp>
#include <edm/contracts/email_confirmation.hpp>
#include <edm/contracts/ids.hpp>
#include <edm/contracts/purchasing.hpp>
#include <edm/contracts/recipes.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace {

using namespace edm;
using namespace edm::contracts;

const std::filesystem::path folder{EDM_GOLDEN_DIR};

std::string sample(const std::string& name)
{
    std::ifstream file{folder / (name + ".v1.json"), std::ios::binary};
    std::string bytes{std::istreambuf_iterator<char>{file}, {}};
    if (!bytes.empty() && bytes.back() == '\n')
        bytes.pop_back();
    return bytes;
}

/// Decodes the sample as a subscription does, and encodes it again.
template <class E>
E data_of(const std::string& name)
{
    const auto bytes = sample(name);
    auto envelope = decode_event(bytes);
    EXPECT_TRUE(envelope) << name;
    if (!envelope)
        return {};
    EXPECT_EQ(envelope->type, "edm." + std::string{E::topic} + ".v1");
    E data{};
    auto violations = decode_into(data, envelope->data, {.lenient = true});
    EXPECT_TRUE(violations.empty()) << name;
    envelope->data = encode(data);
    EXPECT_EQ(encode_event(*envelope), bytes);
    return data;
}

/// Decodes the data as a subscription does, and encodes what it read.
template <class E>
std::string again(const std::string& data)
{
    E read{};
    const auto violations = decode_into(read, data, {.lenient = true});
    EXPECT_TRUE(violations.empty()) << E::topic;
    return encode(read);
}

struct golden
{
    std::string_view name;
    std::string (*again)(const std::string& data);
};

constexpr golden samples[] = {
    {"access-changed", again<access_changed>},
    {"email-confirmed", again<email_confirmed>},
    {"purchase-status-changed", again<purchase_status_changed>},
    {"recipe-published", again<recipe_published>},
    {"recipe-purchase-requested", again<recipe_purchase_requested>},
    {"user-signed-up", again<user_signed_up>},
    {"user-signed-up.baseline", again<user_signed_up>},
};

/// `recipe_published` as a later program may declare it.
struct later_recipe_published
{
    std::string recipe_id;
    std::string recipe_name;
    std::int64_t price = 0;
    bool for_sale = true;
    std::optional<std::string> currency;
};
BOOST_DESCRIBE_STRUCT(later_recipe_published, (), (recipe_id, recipe_name, price, for_sale, currency))

TEST(Goldens, UserSignedUp)
{
    auto e = data_of<user_signed_up>("user-signed-up");
    EXPECT_EQ(e.user_id, "ana@example.com");
    EXPECT_EQ(e.user_name, "Ana Conceição Lima");
    EXPECT_FALSE(e.confirmed.has_value());
}

TEST(Goldens, BaselineOfAConfirmedUser)
{
    auto envelope = decode_event(sample("user-signed-up.baseline"));
    ASSERT_TRUE(envelope);
    EXPECT_TRUE(envelope->baseline);
    EXPECT_TRUE(data_of<user_signed_up>("user-signed-up.baseline").confirmed.value_or(false));
}

TEST(Goldens, EmailConfirmed)
{
    auto e = data_of<email_confirmed>("email-confirmed");
    EXPECT_EQ(e.user_id, "ana@example.com");
    EXPECT_EQ(e.sign_up, 1);
}

TEST(Goldens, AccessChanged)
{
    auto e = data_of<access_changed>("access-changed");
    EXPECT_EQ(e.user_id, "ana@example.com");
    EXPECT_EQ(e.generation, 2);
    EXPECT_TRUE(e.enabled);
}

TEST(Goldens, RecipePublished)
{
    auto e = data_of<recipe_published>("recipe-published");
    EXPECT_EQ(e.recipe_id, "banana-bread");
    EXPECT_EQ(e.recipe_name, "Banana \"Bread\" & Käse");
    EXPECT_EQ(e.price, 234);
    EXPECT_TRUE(e.for_sale);
}

TEST(Goldens, RecipePurchaseRequested)
{
    auto e = data_of<recipe_purchase_requested>("recipe-purchase-requested");
    EXPECT_EQ(e.user_id, "ana@example.com");
    EXPECT_EQ(e.recipe_id, "banana-bread");
    EXPECT_EQ(e.attempt, 1);
}

TEST(Goldens, PurchaseStatusChanged)
{
    auto e = data_of<purchase_status_changed>("purchase-status-changed");
    EXPECT_EQ(e.user_id, "ana@example.com");
    EXPECT_EQ(e.recipe_id, "banana-bread");
    EXPECT_EQ(e.attempt, 1);
    EXPECT_EQ(to_payment_status(e.payment_status), payment_status::paid);
    EXPECT_EQ(e.when, "2026-11-24T14:31:12.345Z");
}

TEST(Goldens, EveryFileIsTested)
{
    std::set<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator{folder})
        found.insert(entry.path().filename().string());
    std::set<std::string> tested;
    for (const auto& one : samples)
        tested.insert(std::string{one.name} + ".v1.json");
    EXPECT_EQ(found, tested);
}

// A later program adds optional fields, to the data and to the envelope: this one reads what it knows.
TEST(Goldens, WhatLaterVersionsAddIsIgnored)
{
    for (const auto& one : samples) {
        auto later = sample(std::string{one.name});
        constexpr std::string_view data = R"("data":{)";
        const auto at = later.find(data) + data.size();
        later.insert(at, R"("later":[1,{"deep":null}],"note":"x",)");
        later.insert(1, R"("extension":"later","dataschema":"https://shop.example/later",)");
        auto envelope = decode_event(later);
        ASSERT_TRUE(envelope) << one.name << ": " << envelope.error();
        EXPECT_EQ(one.again(envelope->data), one.again(decode_event(sample(std::string{one.name}))->data)) << one.name;
        envelope->data = one.again(envelope->data);
        EXPECT_EQ(encode_event(*envelope), sample(std::string{one.name})) << one.name;
    }
}

// This program's successor, with one more optional field, reads what this one and its predecessors wrote.
TEST(Goldens, ALaterVersionOfTheDecoderReadsThem)
{
    const auto data = decode_event(sample("recipe-published"))->data;
    const auto read = decode<later_recipe_published>(data, {.lenient = true});
    ASSERT_TRUE(read);
    EXPECT_EQ(read->recipe_id, "banana-bread");
    EXPECT_EQ(read->price, 234);
    EXPECT_TRUE(read->for_sale);
    EXPECT_FALSE(read->currency.has_value());
    EXPECT_EQ(encode(*read), data) << "what is absent stays absent";
}

// And a field that was not there yet keeps the value that stood for it: an old event means what it meant.
TEST(Goldens, AFieldThatIsMissingKeepsItsInitialValue)
{
    const auto old =
        decode<recipe_published>(R"({"recipe_id":"tea","recipe_name":"Tea","price":5})", {.lenient = true});
    ASSERT_TRUE(old);
    EXPECT_TRUE(old->for_sale);
    const auto access = decode<access_changed>(R"({"user_id":"ana@example.com","generation":3})", {.lenient = true});
    ASSERT_TRUE(access);
    EXPECT_TRUE(access->enabled);
}

TEST(Goldens, AFieldOfAnotherTypeIsNoEvent)
{
    EXPECT_FALSE(decode<recipe_published>(R"({"recipe_id":"tea","recipe_name":"Tea","price":"5"})", {.lenient = true}));
    EXPECT_FALSE(decode<email_confirmed>(R"({"user_id":7,"sign_up":1})", {.lenient = true}));
}

TEST(PurchaseId, IsFrozen)
{
    EXPECT_EQ(purchase_id("ana@example.com", "banana-bread"), "8948873b-48ae-55fa-b753-4f0b02227037");
}

TEST(PurchaseId, IsTheKeyOfTheSamples)
{
    auto envelope = decode_event(sample("recipe-purchase-requested"));
    ASSERT_TRUE(envelope);
    EXPECT_EQ(envelope->subject, purchase_id("ana@example.com", "banana-bread"));
}

TEST(PurchaseId, TellsUsersAndRecipesApart)
{
    EXPECT_NE(purchase_id("ana@example.com", "banana-bread"), purchase_id("ana@example.com", "banana-cake"));
    EXPECT_NE(purchase_id("ana@example.com", "banana-bread"), purchase_id("ana@example.co", "mbanana-bread"));
}

TEST(PaymentStatus, NumbersAreThoseOfTheWire)
{
    EXPECT_EQ(to_payment_status(0), payment_status::pending);
    EXPECT_EQ(to_payment_status(1), payment_status::paid);
    EXPECT_EQ(to_payment_status(2), payment_status::cancelled);
    EXPECT_EQ(to_payment_status(3), payment_status::failed);
    EXPECT_EQ(to_payment_status(4), std::nullopt);
    EXPECT_EQ(to_payment_status(-1), std::nullopt);
    EXPECT_EQ(to_number(payment_status::failed), 3);
    EXPECT_FALSE(is_final(payment_status::pending));
    EXPECT_TRUE(is_final(payment_status::cancelled));
}

} // namespace
