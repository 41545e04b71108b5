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
    EXPECT_EQ(found, (std::set<std::string>{"access-changed.v1.json", "email-confirmed.v1.json",
                                            "purchase-status-changed.v1.json", "recipe-published.v1.json",
                                            "recipe-purchase-requested.v1.json", "user-signed-up.v1.json",
                                            "user-signed-up.baseline.v1.json"}));
}

TEST(Goldens, FieldsOfLaterVersionsAreIgnored)
{
    email_confirmed e{};
    EXPECT_TRUE(decode_into(e, R"({"user_id":"ana@example.com","sign_up":4,"later":[1]})", {.lenient = true}).empty());
    EXPECT_EQ(e.sign_up, 4);
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
