#include "sample.hpp"

namespace {

using namespace sample;
using testing::IsEmpty;

boost::json::value root()
{
    return parsed(reference::asyncapi_json(sample_program().model, about, sample_program().texts));
}

std::string text(const boost::json::value& v)
{
    return boost::json::serialize(v);
}

TEST(AsyncApi, IsOfVersionThree)
{
    auto all = root();
    EXPECT_EQ(all.at("asyncapi"), "3.0.0");
    EXPECT_EQ(text(all.at("info").at("tags")), R"([{"name":"library","description":"Books on shelves."},)"
                                               R"({"name":"reader-list","description":"What people read."}])");
    EXPECT_THAT(broken_refs(all), IsEmpty());
}

TEST(AsyncApi, EachTopicIsAChannel)
{
    auto all = root();
    EXPECT_EQ(all.at("channels").as_object().size(), sample_program().model.topics.size());
    EXPECT_EQ(all.at("channels").at("book-added").at("address"), "book-added");
    EXPECT_EQ(text(all.at("channels").at("book-added").at("messages")),
              R"({"book-added":{"$ref":"#/components/messages/book-added"}})");
}

TEST(AsyncApi, EachPublisherSendsAndEachSubscriptionReceives)
{
    auto all = root();
    const auto& operations = all.at("operations").as_object();
    EXPECT_EQ(operations.size(), 3u);
    EXPECT_EQ(text(operations.at("library.publishes.book-added")),
              R"({"action":"send","channel":{"$ref":"#/channels/book-added"},"summary":"library publishes book-added",)"
              R"("messages":[{"$ref":"#/channels/book-added/messages/book-added"}],"tags":[{"name":"library"}]})");
    for (const auto& s : sample_program().model.subscriptions) {
        const auto* o = operations.if_contains(s.name);
        if (!sample_program().model.topic(s.topic)) {
            EXPECT_FALSE(o) << s.name; // a foreign program's topic
            continue;
        }
        ASSERT_TRUE(o) << s.name;
        EXPECT_EQ(o->at("action"), "receive");
        EXPECT_EQ(o->at("channel").at("$ref").as_string(), "#/channels/" + s.topic);
        EXPECT_EQ(text(o->at("tags")), R"([{"name":")" + s.service + R"("}])");
    }
}

TEST(AsyncApi, WhatAForeignProgramPublishesIsAChannelToWhichNobodySends)
{
    model m;
    config::settings settings;
    registry r(m, settings, "library");
    r.external_topic<book_added>();
    m.subscriptions.push_back({.service = "library", .name = "library.import", .topic = "book-added"});
    auto all = boost::json::parse(reference::asyncapi_json(m, {}, {}));
    EXPECT_THAT(std::string{all.at("channels").at("book-added").at("description").as_string()},
                ::testing::HasSubstr("exchange `edm.book-added`"));
    EXPECT_EQ(text(all.at("channels").at("book-added").at("tags")), "[]");
    ASSERT_EQ(all.at("operations").as_object().size(), 1u);
    EXPECT_EQ(all.at("operations").at("library.import").at("action"), "receive");
    EXPECT_THAT(broken_refs(all), IsEmpty());
    EXPECT_THAT(reference::describe_mermaid(m, {}), ::testing::HasSubstr("outside -- \"book-added\" --> s_library"));
}

TEST(AsyncApi, MessagesAreCloudEvents)
{
    auto all = root();
    const auto& message = all.at("components").at("messages").at("book-added");
    EXPECT_EQ(message.at("contentType"), "application/cloudevents+json");
    EXPECT_EQ(text(message.at("payload")),
              R"({"allOf":[{"$ref":"#/components/schemas/CloudEvent"},{"type":"object","properties":{)"
              R"("type":{"type":"string","const":"edm.book-added.v1"},)"
              R"("data":{"$ref":"#/components/schemas/book_added"}}}]})");
    EXPECT_EQ(message.at("examples").at(0).at("payload").at("type"), "edm.book-added.v1");
}

/// The envelope's schema, field by field, against an event as the bus writes it.
TEST(AsyncApi, TheEnvelopeIsWhatTheBusWrites)
{
    event e{.id = "019b9a4e-7c00-7000-8000-000000000001",
            .source = "/edm/library/book-added/b",
            .type = "edm.book-added.v1",
            .subject = "b",
            .sequence = {0, 1},
            .baseline = true,
            .rebuild = true,
            .time = "2026-01-31T12:00:00.000Z",
            .traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            .data = "{}"};
    auto written = parsed(encode_event(e));
    auto all = root();
    const auto& schema = all.at("components").at("schemas").at("CloudEvent");
    for (const auto& [name, _] : written.as_object())
        EXPECT_TRUE(schema.at("properties").as_object().contains(name)) << name;
    EXPECT_EQ(schema.at("properties").as_object().size(), written.as_object().size());
    e.baseline = e.rebuild = false;
    e.traceparent.clear();
    e.data.clear();
    auto least = parsed(encode_event(e));
    EXPECT_EQ(schema.at("required").as_array().size(), least.as_object().size());
    for (const auto& name : schema.at("required").as_array())
        EXPECT_TRUE(least.as_object().contains(name.as_string())) << name;
}

} // namespace
