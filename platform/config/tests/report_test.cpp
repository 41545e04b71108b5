#include "fixture.hpp"

#include <edm/config/env_file.hpp>

#include <boost/json.hpp>

#include <algorithm>

namespace edm::config {
namespace {

constexpr std::string_view golden_template =
    R"(# Settings of edm. Copy this file to .env, and remove the # before a name to set it.
# The environment wins over .env. A secret NAME can also come from a file: NAME_FILE=/path.

# ---- shop ----

# The environment.
#EDM_ENV=development

# How many.
# Allowed: 1 to 10.
#EDM_COUNT=3

# How long.
# Allowed: at most 1h.
#EDM_DELAY=1500ms

# Whether it is loud.
# Allowed: true, false.
#EDM_LOUD=false

# The engine.
# Allowed: fast, slow.
#EDM_ENGINE=fast

# The server.
# Production requires it.
#EDM_SERVER=amqp://guest:guest@localhost/

# ---- vault ----

# The key.
# Allowed: at least 8 characters.
# Secret. Development generates it; production requires it.
#SHOP_KEY=

# A name.
#SHOP_NICK=
)";

constexpr std::string_view golden_markdown = R"(
## vault

| name | default | allowed | meaning |
|---|---|---|---|
| `SHOP_KEY` |  | at least 8 characters | The key. Secret. Development generates it; production requires it. Also from a file: `SHOP_KEY_FILE`. |
| `SHOP_NICK` |  |  | A name. |
)";

TEST(Reports, TheTemplateDocumentsEverySetting)
{
    EXPECT_EQ(sample{}.all.env_template(), golden_template);
}

TEST(Reports, TheTemplateLoadsAsItIsAndWithEveryLineTurnedOn)
{
    setting<std::string> odd{{.name = "SHOP_ODD",
                              .documentation = "Characters that need quotes.",
                              .default_value = "a # \"b\" 'c' \\ \n d"}};
    settings all;
    all.owner("shop").add(odd);
    auto text = all.env_template();
    EXPECT_TRUE(parse_env(text, "t").entries.empty());
    EXPECT_TRUE(parse_env(text, "t").errors.empty());
    auto at = text.find("#SHOP_ODD");
    ASSERT_NE(at, text.npos);
    text.erase(at, 1);
    auto file = parse_env(text, "t");
    ASSERT_EQ(file.entries.size(), 1u);
    EXPECT_EQ(file.entries[0].value, "a # \"b\" 'c' \\ \n d");
}

TEST(Reports, TheReferenceHasATablePerOwner)
{
    auto text = sample{}.all.settings_markdown();
    EXPECT_TRUE(text.ends_with(golden_markdown)) << text;
    EXPECT_NE(text.find("| `EDM_COUNT` | `3` | 1 to 10 | How many. |\n"), text.npos);
}

TEST(Reports, TheTableIsAlignedAndHasNoControlCharacters)
{
    sample s;
    ASSERT_TRUE(s.load({{"SHOP_NICK", "käse\n\x1b[31m"}, {"EDM_COUNT", "4"}}));
    auto text = s.all.print_table();
    EXPECT_EQ(text.find('\x1b'), text.npos);
    EXPECT_NE(text.find("SHOP_NICK   käse\\n\\x1b[31m                    environment  vault  A name.\n"), text.npos)
        << text;
    EXPECT_EQ(std::ranges::count(text, '\n'), 9);
}

TEST(Reports, TheJsonFormHoldsTheSame)
{
    sample s;
    ASSERT_TRUE(s.load({{"SHOP_NICK", "käse\n\""}}));
    auto json = boost::json::parse(s.all.print_json()).as_array();
    ASSERT_EQ(json.size(), 8u);
    const auto& nick = json[7].as_object();
    EXPECT_EQ(nick.at("name"), "SHOP_NICK");
    EXPECT_EQ(nick.at("value"), "käse\n\"");
    EXPECT_EQ(nick.at("origin"), "environment");
    EXPECT_EQ(nick.at("owner"), "vault");
    EXPECT_EQ(json[6].at("value"), "********");
    EXPECT_EQ(json[6].at("secret"), true);
}

TEST(Reports, ThoseWhoOnlyLookSayWhatTheyShowOfAGeneratedSecret)
{
    setting<std::string> made{
        {.name = "SHOP_MADE", .documentation = "A key.", .generated = secret_kind::signing_key, .secret = true}};
    setting<std::string> given{
        {.name = "SHOP_GIVEN", .documentation = "Another key.", .generated = secret_kind::signing_key, .secret = true}};
    settings all;
    all.owner("shop").add(made).add(given);
    load_hooks hooks{.provide_secret = [](auto, auto) { return std::string(64, 'a'); },
                     .shown_secret = [](std::string_view name) { return "(none of " + std::string{name} + ")"; }};
    ASSERT_TRUE(all.load({{"SHOP_GIVEN", std::string(64, 'b')}}, {}, hooks));
    EXPECT_EQ(all.effective_values()[0].value, "(none of SHOP_MADE)");
    EXPECT_EQ(all.effective_values()[1].value, "********");
}

} // namespace
} // namespace edm::config
