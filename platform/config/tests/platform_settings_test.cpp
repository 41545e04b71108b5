#include "fixture.hpp"

#include <edm/config/platform_settings.hpp>

#include <boost/json.hpp>

namespace edm::config {
namespace {

struct process
{
    settings all;
    platform_settings platform;
    process() { platform.add_to(all); }
    auto load(variables environment)
    {
        return all.load(environment, {}, {.provide_secret = [](auto, auto kind) {
                            return generate_secret(kind, random_source::system());
                        }});
    }
};

TEST(PlatformSettings, AreThoseOfTheDesign)
{
    process p;
    ASSERT_TRUE(p.load({}));
    EXPECT_EQ(p.platform.listen_on(), (listen_address{"127.0.0.1", 8080}));
    EXPECT_EQ(p.platform.public_base_url(), "http://127.0.0.1:8080");
    EXPECT_EQ(*p.platform.data_dir, "./data");
    EXPECT_EQ(*p.platform.store, "sqlite");
    EXPECT_EQ(*p.platform.bus, "embedded");
    EXPECT_EQ(*p.platform.mail, "mailbox");
    EXPECT_EQ(*p.platform.event_history, std::chrono::days{30});
    EXPECT_EQ(*p.platform.backlog_limit, 100'000);
    EXPECT_EQ(*p.platform.threads, 0);
    EXPECT_EQ(*p.platform.log, "text");
    EXPECT_FALSE(p.platform.is_production());
    EXPECT_TRUE(p.platform.services_to_run().empty());
    EXPECT_EQ(p.platform.token_key->size(), 64u);
}

TEST(PlatformSettings, TheSenderOfMailsIsAnAddressOnOneLine)
{
    for (const char* good : {"shop@example.com", "Recipes <no-reply@localhost>", "A <b@c> <shop@example.com>"}) {
        process p;
        ASSERT_TRUE(p.load({{"EDM_MAIL_FROM", good}})) << good;
        EXPECT_EQ(*p.platform.mail_from, good);
    }
    for (const char* bad : {"shop", "@example.com", "shop@", "Shop <shop@example.com", "Shop <>", "a b@example.com",
                            "shop@example.com\r\nBcc: all@example.com", "Shop\n<shop@example.com>", "a@b,c@d"}) {
        process p;
        auto loaded = p.load({{"EDM_MAIL_FROM", bad}});
        ASSERT_FALSE(loaded) << bad;
        EXPECT_NE(loaded.error().front().find("Write it like"), std::string::npos) << loaded.error().front();
    }
}

TEST(PlatformSettings, ListenAddresses)
{
    const struct
    {
        const char* text;
        const char* host;
        int port;
    } good[] = {{"127.0.0.1:8080", "127.0.0.1", 8080},
                {"0.0.0.0:0", "0.0.0.0", 0},
                {"[::1]:65535", "::1", 65535},
                {"localhost:80", "localhost", 80}};
    for (const auto& one : good) {
        auto address = listen_address::parse(one.text);
        ASSERT_TRUE(address) << one.text;
        EXPECT_EQ(address->host, one.host);
        EXPECT_EQ(address->port, one.port);
        EXPECT_EQ(address->text(), one.text);
    }
    for (const char* bad : {"", "8080", ":8080", "host", "host:", "host:65536", "host:-1", "host:+1", "host:8o",
                            "::1:80", "[::1]", "[x]:80", "[]:80", "a b:80", "host:000080", "-a:80", "h/:80"}) {
        auto address = listen_address::parse(bad);
        ASSERT_FALSE(address) << bad;
        EXPECT_NE(address.error().find("Write host:port"), std::string::npos);
    }
}

TEST(PlatformSettings, RefuseUrlsThatCannotBeMeant)
{
    const variables table[] = {
        {{"EDM_PUBLIC_URL", "shop.example.com"}},
        {{"EDM_PUBLIC_URL", "ftp://shop"}},
        {{"EDM_PUBLIC_URL", "http://a:b@shop"}},
        {{"EDM_PUBLIC_URL", "http://shop?x=1"}},
        {{"EDM_PUBLIC_URL", "http://"}},
        {{"EDM_PUBLIC_URL", "http://shop:99999"}},
        {{"EDM_PUBLIC_URL", "http://shop\n"}},
        {{"EDM_COUCHDB_URL", "couch:5984"}},
        {{"EDM_RABBITMQ_URL", "http://mq"}},
        {{"EDM_MAIL", "pigeon"}},
        {{"EDM_MAIL", "smtp://"}},
        {{"EDM_LISTEN", "8080"}},
        {{"EDM_STORE", "mongo"}},
        {{"EDM_EVENT_HISTORY", "0"}},
    };
    for (const auto& environment : table) {
        process p;
        auto loaded = p.load(environment);
        ASSERT_FALSE(loaded) << environment.begin()->first << ' ' << environment.begin()->second;
        EXPECT_EQ(loaded.error().size(), 1u);
    }
}

TEST(PlatformSettings, TakeUrlsAndLists)
{
    process p;
    ASSERT_TRUE(p.load({{"EDM_PUBLIC_URL", "https://shop.example.com/"},
                        {"EDM_MAIL", "smtp://user:hush@mail.example.com:587"},
                        {"EDM_SERVICES", " recipes, purchasing,,"}}));
    EXPECT_EQ(p.platform.public_base_url(), "https://shop.example.com");
    EXPECT_EQ(p.platform.services_to_run(), (std::vector<std::string>{"recipes", "purchasing"}));
    EXPECT_EQ(p.all.print_table().find("hush"), std::string::npos);
}

TEST(PlatformSettings, SeveralBrokersAreAListWithoutASecretInSight)
{
    process p;
    ASSERT_TRUE(
        p.load({{"EDM_BUS", "rabbitmq"}, {"EDM_RABBITMQ_URL", "amqp://a:hush@one/, amqps://b:hush@two:5671/v"}}));
    EXPECT_EQ(p.all.print_table().find("hush"), std::string::npos);
    for (const auto* wrong : {"amqp://one/,http://two/", ",", "one:5672"}) {
        process q;
        EXPECT_FALSE(q.load({{"EDM_BUS", "rabbitmq"}, {"EDM_RABBITMQ_URL", wrong}})) << wrong;
    }
}

TEST(PlatformSettings, ProductionAsksOnlyForWhatItsEnginesNeed)
{
    const std::string key(40, 'k');
    const struct
    {
        variables environment;
        std::size_t errors;
    } table[] = {
        {{{"EDM_ENV", "production"}}, 1},
        {{{"EDM_ENV", "production"}, {"ACCESS_TOKEN_SECRET_KEY", key}}, 0},
        {{{"EDM_ENV", "production"}, {"ACCESS_TOKEN_SECRET_KEY", key}, {"EDM_BUS", "rabbitmq"}}, 1},
        {{{"EDM_ENV", "production"}, {"ACCESS_TOKEN_SECRET_KEY", key}, {"EDM_STORE", "couchdb"}}, 2},
        {{{"EDM_STORE", "couchdb"}, {"EDM_BUS", "rabbitmq"}}, 0},
    };
    for (const auto& one : table) {
        process p;
        auto loaded = p.load(one.environment);
        EXPECT_EQ(loaded ? 0 : loaded.error().size(), one.errors);
        if (loaded)
            EXPECT_EQ(p.platform.warnings().size(), p.platform.is_production() ? 2u : 0u);
    }
}

} // namespace
} // namespace edm::config
