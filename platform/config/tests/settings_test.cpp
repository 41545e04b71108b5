#include "fixture.hpp"

#include <atomic>
#include <thread>

namespace edm::config {
namespace {

class Settings : public files
{
};

TEST_F(Settings, StartWithNothingSet)
{
    sample s;
    ASSERT_TRUE(s.load({}, path("absent")));
    EXPECT_EQ(*s.count, 3);
    EXPECT_EQ(*s.delay, milliseconds{1500});
    EXPECT_FALSE(*s.loud);
    EXPECT_EQ(*s.engine, "fast");
    EXPECT_EQ(*s.key, "generated-SHOP_KEY");
    EXPECT_FALSE(s.nick.is_set());
    EXPECT_EQ(*s.nick, "");
    EXPECT_EQ(s.row("EDM_DELAY").origin, "default");
    EXPECT_EQ(s.row("EDM_DELAY").value, "1500ms");
    EXPECT_EQ(s.row("SHOP_KEY").origin, "generated");
    EXPECT_EQ(s.row("SHOP_KEY").owner, "vault");
    EXPECT_EQ(s.row("SHOP_NICK").origin, "not set");
    EXPECT_FALSE(s.all.production());
}

TEST_F(Settings, TheEnvironmentWinsOverTheFileAndTheFileOverTheDefault)
{
    sample s;
    auto env = write(".env", "# ours\nEDM_COUNT=4\nEDM_LOUD=yes\nOTHER=thing\n");
    ASSERT_TRUE(s.load({{"EDM_COUNT", "5"}, {"PATH", "/bin"}}, env));
    EXPECT_EQ(*s.count, 5);
    EXPECT_TRUE(*s.loud);
    EXPECT_EQ(s.row("EDM_COUNT").origin, "environment");
    EXPECT_EQ(s.row("EDM_LOUD").origin, env + ":3");
    EXPECT_EQ(s.row("EDM_DELAY").origin, "default");
}

TEST_F(Settings, AnEmptyValueMeansNotSetAndHidesTheFile)
{
    sample s;
    ASSERT_TRUE(s.load({{"EDM_COUNT", ""}}, write(".env", "EDM_COUNT=4\nEDM_DELAY=\n")));
    EXPECT_EQ(*s.count, 3);
    EXPECT_EQ(s.row("EDM_COUNT").origin, "default");
    EXPECT_EQ(*s.delay, milliseconds{1500});
}

TEST_F(Settings, ASecretCanComeFromAFile)
{
    for (std::string_view text : {"hunter2hunter2", "hunter2hunter2\n", "hunter2hunter2\r\n"}) {
        sample s;
        auto file = write("key", text);
        ASSERT_TRUE(s.load({{"SHOP_KEY_FILE", file}}));
        EXPECT_EQ(*s.key, "hunter2hunter2");
        EXPECT_EQ(s.row("SHOP_KEY").origin, "file " + file);
    }
    sample s;
    ASSERT_TRUE(s.load({}, write(".env", "SHOP_KEY_FILE=" + write("key", "hunter2\n\n"))));
    EXPECT_EQ(*s.key, "hunter2\n") << "one trailing newline is stripped, no more";
    sample without;
    ASSERT_TRUE(without.load({{"SHOP_KEY_FILE", write("key", "hunter22\r")}}));
    EXPECT_EQ(*without.key, "hunter22\r") << "a carriage return alone is no newline";
}

TEST_F(Settings, RefusesSecretFilesThatCannotBeMeant)
{
    auto empty = write("empty", "\n");
    auto good = write("good", "hunter2hunter2");
    auto big = write("big", std::string(70'000, 'x'));
    const struct
    {
        variables environment;
        std::string error;
    } table[] = {
        {{{"SHOP_KEY_FILE", path("absent")}},
         "environment: `SHOP_KEY_FILE`: the file `" + path("absent") +
             "` does not exist. Put the secret, and nothing else, into a readable "
             "file."},
        {{{"SHOP_KEY_FILE", empty}},
         "environment: `SHOP_KEY_FILE`: the file `" + empty +
             "` is empty. Put the secret, and nothing else, into a readable file."},
        {{{"SHOP_KEY_FILE", path("")}},
         "environment: `SHOP_KEY_FILE`: the file `" + path("") +
             "` is a directory. Put the secret, and nothing else, into a readable file."},
        {{{"SHOP_KEY_FILE", big}},
         "environment: `SHOP_KEY_FILE`: the file `" + big +
             "` is larger than 65536 bytes. Put the secret, and nothing else, into a readable "
             "file."},
        {{{"SHOP_KEY_FILE", good}, {"SHOP_KEY", "hunter2hunter2"}},
         "`SHOP_KEY` (environment) and `SHOP_KEY_FILE` (environment) are both set. Remove one of them."},
    };
    for (const auto& one : table) {
        sample s;
        auto loaded = s.load(one.environment);
        ASSERT_FALSE(loaded);
        EXPECT_EQ(loaded.error(), errors{one.error});
    }
}

TEST_F(Settings, OnlySecretsComeFromFiles)
{
    sample s;
    auto loaded = s.load({{"EDM_COUNT_FILE", write("n", "4")}});
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error(),
              errors{"environment: `EDM_COUNT_FILE` is not a setting. The nearest known name is `EDM_COUNT`."});
}

TEST_F(Settings, NamesUnknownKeysAndTheNearestKnownOne)
{
    sample s;
    auto env = write(".env", "EDM_DELYA=5s\nOTHER=x\nEDM_SERVER_FILES=x\n");
    auto loaded = s.load({{"EDM_CONUT", "4"}, {"HOME", "/home/ana"}}, env);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error(),
              (errors{"environment: `EDM_CONUT` is not a setting. The nearest known name is `EDM_COUNT`.",
                      "`" + env + "`:1: `EDM_DELYA` is not a setting. The nearest known name is `EDM_DELAY`.",
                      "`" + env +
                          "`:3: `EDM_SERVER_FILES` is not a setting. The nearest known name is "
                          "`EDM_SERVER_FILE`."}));
}

TEST_F(Settings, SayWhatIsWrongWithAValueAndWhatToWrite)
{
    const struct
    {
        const char* name;
        const char* value;
        const char* error;
    } table[] = {
        {"EDM_COUNT", "4x", "environment: `EDM_COUNT` (`4x`) is not a whole number. Write digits only, such as 42."},
        {"EDM_COUNT", "99999999999999999999",
         "environment: `EDM_COUNT` (`99999999999999999999`) is not a whole number. Write digits only, such as 42."},
        {"EDM_COUNT", "11", "environment: `EDM_COUNT` (`11`) is out of range. Allowed: 1 to 10."},
        {"EDM_COUNT", "0", "environment: `EDM_COUNT` (`0`) is out of range. Allowed: 1 to 10."},
        {"EDM_DELAY", "5",
         "environment: `EDM_DELAY` (`5`) is not a duration. Write a whole number and a unit: 250ms, "
         "5s, 10m, 24h, 30d."},
        {"EDM_DELAY", "2h", "environment: `EDM_DELAY` (`2h`) is out of range. Allowed: at most 1h."},
        {"EDM_LOUD", "maybe", "environment: `EDM_LOUD` (`maybe`) is neither yes nor no. Write true or false."},
        {"EDM_ENGINE", "f\x1b[1m",
         "environment: `EDM_ENGINE` (`f\\x1b[1m`) is not one of the choices. Write one of: "
         "fast, slow."},
        {"SHOP_KEY", "short", "environment: `SHOP_KEY` has the wrong length. Allowed: at least 8 characters."},
        {"SHOP_KEY", "hunter2\xff", "environment: `SHOP_KEY` is not UTF-8 text. Write it as UTF-8, without NUL bytes."},
    };
    for (const auto& one : table) {
        sample s;
        auto loaded = s.load({{one.name, one.value}});
        ASSERT_FALSE(loaded) << one.name;
        EXPECT_EQ(loaded.error(), errors{one.error});
    }
}

TEST_F(Settings, CollectAllErrorsAtOnceAndCannotBeReadAfterwards)
{
    sample s;
    auto loaded = s.load({{"EDM_COUNT", "x"}, {"EDM_LOUD", "x"}, {"EDM_X", "x"}}, write(".env", "damaged\n"));
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().size(), 4u);
    EXPECT_THROW((void)*s.count, std::logic_error);
    EXPECT_THROW((void)*s.engine, std::logic_error);
    EXPECT_TRUE(s.all.effective_values().empty());
}

TEST_F(Settings, WhatIsRequiredMustBeSet)
{
    setting<std::string> must{{.name = "SHOP_MUST", .documentation = "It must be."}};
    settings all;
    all.owner("shop").add(must);
    auto loaded = all.load({}, {});
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error(), errors{"`SHOP_MUST` is required and not set. Set it: It must be."});
}

TEST_F(Settings, WhatDoesNotRunHereRequiresNothing)
{
    setting<std::string> must{{.name = "SHOP_MUST", .documentation = "It must be."}};
    setting<std::string> secret{
        {.name = "SHOP_SECRET", .documentation = "Hush.", .generated = secret_kind::password, .secret = true}};
    settings all;
    all.owner("elsewhere").add(must).add(secret);
    setting<std::string> env{{.name = "EDM_ENV", .documentation = "The environment.", .default_value = "development"}};
    all.add(env, "platform");
    ASSERT_TRUE(
        all.load({{"EDM_ENV", "production"}}, {}, {.runs_here = [](auto owner) { return owner != "elsewhere"; }}));
    EXPECT_FALSE(must.is_set());
    EXPECT_FALSE(secret.is_set());
}

TEST_F(Settings, ASettingCanDependOnOneThatWasAddedEarlier)
{
    for (bool slow : {false, true}) {
        setting<std::string> engine{
            {.name = "SHOP_ENGINE", .documentation = "Engine.", .default_value = "fast", .choices = {"fast", "slow"}}};
        setting<std::string> must{
            {.name = "SHOP_MUST", .documentation = "It must be.", .needed = [&] { return *engine == "slow"; }}};
        settings all;
        all.owner("shop").add(engine).add(must);
        EXPECT_EQ(all.load({{"SHOP_ENGINE", slow ? "slow" : "fast"}}, {}).has_value(), !slow);
    }
}

TEST_F(Settings, AnOutsidePartyReadsTheSameValueThroughItsOwnObject)
{
    setting_options<std::string> options{
        .name = "SHOP_KEY", .documentation = "The key.", .generated = secret_kind::api_key, .secret = true};
    setting<std::string> shop{options};
    options.shared = true;
    setting<std::string> simulator{options};
    settings all;
    all.add(simulator, "simulator").add(shop, "shop");
    int asked = 0;
    ASSERT_TRUE(all.load({}, {}, {.provide_secret = [&](auto, auto) { return fmt::format("secret-{}", ++asked); }}));
    EXPECT_EQ(*shop, "secret-1");
    EXPECT_EQ(*simulator, "secret-1");
    ASSERT_EQ(all.effective_values().size(), 1u);
    EXPECT_EQ(all.effective_values()[0].owner, "shop");
}

TEST_F(Settings, RefuseMistakesInDeclarations)
{
    setting<std::string> one{{.name = "SHOP_A", .documentation = "A.", .default_value = ""}};
    setting<std::string> again{{.name = "SHOP_A", .documentation = "A.", .default_value = ""}};
    setting<std::string> open{{.name = "SHOP_A", .documentation = "A.", .secret = true, .shared = true}};
    setting<std::string> nameless{{.name = "SHOP-B", .documentation = "B."}};
    setting<std::string> silent{{.name = "SHOP_C"}};
    setting<std::int64_t> outside{{.name = "SHOP_D", .documentation = "D.", .default_value = 5, .max = 4}};
    settings all;
    EXPECT_THROW(all.add(one), std::logic_error);
    all.owner("shop").add(one);
    EXPECT_THROW(all.add(again, "other"), std::logic_error);
    EXPECT_THROW(all.add(open, "other"), std::logic_error);
    EXPECT_THROW(all.add(nameless), std::logic_error);
    EXPECT_THROW(all.add(silent), std::logic_error);
    EXPECT_THROW(all.add(outside), std::logic_error);
    EXPECT_THROW((void)*one, std::logic_error) << "before loading";
    ASSERT_TRUE(all.load({}, {}));
    EXPECT_THROW((void)all.load({}, {}), std::logic_error);
    EXPECT_THROW(all.add(again), std::logic_error);
}

TEST_F(Settings, AreReadByManyThreads)
{
    sample s;
    ASSERT_TRUE(s.load({{"EDM_COUNT", "7"}}));
    std::vector<std::jthread> threads;
    std::atomic<std::int64_t> sum = 0;
    for (int i = 0; i != 4; ++i)
        threads.emplace_back([&] { sum += *s.count + static_cast<std::int64_t>(s.key->size()); });
    threads.clear();
    EXPECT_EQ(sum, 4 * (7 + 18));
}

TEST_F(Settings, TheProcessEnvironmentIsRead)
{
    ::setenv("EDM_CONFIG_TEST", "a=b", 1);
    EXPECT_EQ(process_environment().at("EDM_CONFIG_TEST"), "a=b");
    ::unsetenv("EDM_CONFIG_TEST");
}

} // namespace
} // namespace edm::config
