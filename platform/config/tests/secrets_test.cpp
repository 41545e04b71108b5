#include "fixture.hpp"

#include <edm/core/text.hpp>

#include <set>

namespace edm::config {
namespace {

class Secrets : public files
{
};

load_hooks strict()
{
    return {.provide_secret = {}, .weak = [](std::string_view text) -> std::optional<std::string> {
                if (text.size() < 16)
                    return "it is short";
                return {};
            }};
}

const variables production{{"EDM_ENV", "production"}, {"EDM_SERVER", "amqp://shop:long-and-own@mq/"}};

variables with(variables base, const std::string& name, const std::string& value)
{
    base[name] = value;
    return base;
}

std::string everything_printed(const sample& s)
{
    return s.all.print_table() + s.all.print_json() + s.all.env_template() + s.all.settings_markdown();
}

TEST_F(Secrets, AreInNoOutput)
{
    auto file = write("key", "topsecret-from-file");
    const variables table[] = {
        {{"SHOP_KEY", "topsecret"}, {"EDM_SERVER", "amqp://shop:topsecret@host/"}},
        {{"SHOP_KEY_FILE", file}, {"EDM_SERVER", "amqp://shop:to/p:sec@topsecret@host/"}},
    };
    for (const auto& environment : table) {
        sample s;
        ASSERT_TRUE(s.load(environment));
        EXPECT_EQ(everything_printed(s).find("topsecret"), std::string::npos);
        EXPECT_EQ(s.row("SHOP_KEY").value, "********");
        EXPECT_EQ(s.row("EDM_SERVER").value, "amqp://shop:********@host/");
    }
    sample generated;
    ASSERT_TRUE(generated.load({}));
    EXPECT_EQ(everything_printed(generated).find(*generated.key), std::string::npos);
}

TEST_F(Secrets, AreInNoError)
{
    const variables table[] = {
        {{"SHOP_KEY", "hush"}},                                     // too short
        {{"SHOP_KEY", "hush\xff"}},                                 // not UTF-8
        with(production, "SHOP_KEY", "hush-hush"),                  // weak
        {{"SHOP_KEY", "hush-hush"}, {"SHOP_KEY_FILE", "/nowhere"}}, // both
    };
    for (const auto& environment : table) {
        sample s;
        auto loaded = s.load(environment, write(".env", "A='hush\nhush\n"), strict());
        ASSERT_FALSE(loaded);
        for (const auto& error : loaded.error())
            EXPECT_EQ(error.find("hush"), std::string::npos) << error;
    }
}

TEST_F(Secrets, ProductionRefusesMissingWeakAndDevelopmentOnes)
{
    const struct
    {
        const char* title;
        variables environment;
        errors expected;
    } table[] = {
        {"missing",
         production,
         {"`SHOP_KEY` is not set, and production has no default for it. Set it, or `SHOP_KEY_FILE`: The key."}},
        {"weak",
         with(production, "SHOP_KEY", "password"),
         {"environment: `SHOP_KEY` is too weak for production: it is short. Use a long random value."}},
        {"development default left",
         {{"EDM_ENV", "production"}, {"SHOP_KEY", "a-long-and-random-value"}},
         {"`EDM_SERVER` is not set, and production has no default for it. Set it, or `EDM_SERVER_FILE`: The server."}},
        {"development default written out",
         {{"EDM_ENV", "production"},
          {"SHOP_KEY", "a-long-and-random-value"},
          {"EDM_SERVER", "amqp://guest:guest@localhost/"}},
         {"environment: `EDM_SERVER` still has its development value. Production needs a value of its own."}},
        {"good", with(production, "SHOP_KEY", "a-long-and-random-value"), {}},
    };
    for (const auto& one : table) {
        sample s;
        auto loaded = s.load(one.environment, {}, strict());
        EXPECT_EQ(loaded ? errors{} : loaded.error(), one.expected) << one.title;
        EXPECT_EQ(s.all.production(), loaded.has_value()) << one.title;
    }
}

TEST_F(Secrets, ProductionCanBeSetInTheFileToo)
{
    sample s;
    auto loaded = s.load({{"EDM_SERVER", "amqp://a:b@c/"}}, write(".env", "EDM_ENV=production\n"), strict());
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().size(), 1u);
}

TEST_F(Secrets, AreNeverGeneratedInProduction)
{
    sample s;
    bool asked = false;
    (void)s.load(production, {}, {.provide_secret = [&](auto, auto) {
                     asked = true;
                     return std::string(64, 'x');
                 }});
    EXPECT_FALSE(asked);
}

TEST_F(Secrets, AWeakOneIsFineInDevelopment)
{
    sample s;
    EXPECT_TRUE(s.load({{"SHOP_KEY", "password"}}, {}, strict()));
}

TEST_F(Secrets, AGeneratedOneMustFitItsDeclaration)
{
    sample s;
    auto loaded = s.load({}, {}, {.provide_secret = [](auto, auto) { return std::string{"x"}; }});
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error(),
              errors{"The generated secret kept for `SHOP_KEY` has the wrong length. Allowed: at least 8 characters."});
}

TEST_F(Secrets, GeneratedOnesHaveTheFormOfTheirKind)
{
    const auto& random = random_source::system();
    EXPECT_EQ(from_hex(generate_secret(secret_kind::signing_key, random)).value().size(), 32u);
    EXPECT_EQ(generate_secret(secret_kind::api_key, random).size(), 64u);
    auto fernet = generate_secret(secret_kind::fernet_key, random);
    EXPECT_EQ(fernet.size(), 44u);
    EXPECT_EQ(from_base64url(fernet).value().size(), 32u);
    auto webhook = generate_secret(secret_kind::webhook_secret, random);
    ASSERT_TRUE(webhook.starts_with("whsec_"));
    EXPECT_EQ(from_base64(webhook.substr(6)).value().size(), 32u);
    std::set<std::string> passwords;
    for (int i = 0; i != 50; ++i)
        passwords.insert(generate_secret(secret_kind::password, random));
    EXPECT_EQ(passwords.size(), 50u);
    EXPECT_EQ(passwords.begin()->size(), 23u);
}

} // namespace
} // namespace edm::config
