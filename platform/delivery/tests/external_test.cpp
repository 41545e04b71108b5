#include "fixture.hpp"

#include <edm/testing/hand_bus.hpp>

namespace edm::delivery_tests {

namespace {

using ::testing::IsEmpty;

/// `ledger.count` takes `ordered`, which no service publishes.
class external_topic : public ::testing::Test
{
  protected:
    external_topic()
    {
        d.services = {"ledger"};
        d.databases.push_back({.service = "ledger", .name = "accounts", .id = 0, .indexes = {}, .description = {}});
        d.topics.push_back({.external = true, .service = {}, .name = "ordered", .event_type = "edm.ordered.v1"});
        d.subscriptions.push_back(subscription("ledger.count", "ordered",
                                               [this](const loaded& document, const void* event, const received& how,
                                                      std::span<const loaded> reads) -> result<raw_change> {
                                                   if (text_of(event) == refused_text)
                                                       return fail(refused);
                                                   return append(document, event, how, reads);
                                               }));
        ledger = w.engine.open("ledger", {{"accounts", {}}});
        delivering = std::make_unique<delivery>(delivery::parts{.declared = &d,
                                                                .stores = {{"ledger", ledger.get()}},
                                                                .bus = &line,
                                                                .contexts = {&context},
                                                                .environment = {&w.clock, &w.random}});
        context.await(delivering->start());
    }
    ~external_topic() override
    {
        delivering->stop();
        context.advance(1min);
        ledger->close();
    }
    void arrives(std::string key, sequence place, std::string text)
    {
        event e{.id = key + place.text(),
                .source = "/somebody",
                .type = "edm.ordered.v1",
                .subject = key,
                .sequence = place,
                .baseline = false,
                .time = "2026-01-15T00:00:00.000Z",
                .traceparent = {},
                .data = "\"" + text + "\""};
        line.to->deliver(
            {{std::make_shared<recorded_event>(recorded_event{"ordered", key, place, false, encode_event(e)}),
              ++sent}});
        context.run_ready();
        EXPECT_TRUE(line.settled_positions.contains(sent));
    }
    std::string value(std::string key)
    {
        return context.await(ledger->load(0, std::move(key))).value().value.value_or("(none)");
    }
    std::vector<parked_event> parked() { return context.await(ledger->parked({}, {}, 100)).value(); }

    world w;
    loop context{w.clock, 0ms};
    declarations d;
    testing::hand_bus line;
    std::unique_ptr<store> ledger;
    std::unique_ptr<delivery> delivering;
    std::string refused_text = "!";
    std::uint64_t sent = 0;
};

TEST_F(external_topic, NobodyOfUsPublishesIt)
{
    ASSERT_EQ(line.opened.subscriptions.size(), 1u);
    EXPECT_EQ(line.opened.subscriptions[0].publisher, "");
    EXPECT_THAT(context.await(delivering->audit()), IsEmpty()) << "there are no counters to compare with";
    EXPECT_FALSE(context.await(delivering->rebuild("ledger.count"))) << "nobody can be asked";
}

TEST_F(external_topic, TheFirstSequenceSeenStartsAKey)
{
    arrives("a", {1, 41}, "x");
    arrives("a", {1, 42}, "y");
    arrives("b", {3, 1}, "z");
    EXPECT_EQ(value("a"), "x\ny\n");
    EXPECT_EQ(value("b"), "z\n");
    arrives("a", {1, 41}, "x");
    arrives("a", {1, 40}, "w");
    EXPECT_EQ(value("a"), "x\ny\n") << "a repeat, and what is before the start, change nothing";
    EXPECT_THAT(parked(), IsEmpty());
}

TEST_F(external_topic, AfterItTheRulesAreThoseOfEveryTopic)
{
    arrives("a", {1, 41}, "x");
    arrives("a", {1, 43}, "z");
    EXPECT_EQ(value("a"), "x\n");
    ASSERT_EQ(parked().size(), 1u) << "a gap waits";
    arrives("a", {1, 42}, "y");
    EXPECT_EQ(value("a"), "x\ny\nz\n");
    arrives("a", {2, 2}, "early");
    arrives("a", {2, 1}, "anew");
    EXPECT_EQ(value("a"), "x\ny\nz\nanew\nearly\n") << "counter 1 of a later epoch starts the key again";
    EXPECT_THAT(parked(), IsEmpty());
}

TEST_F(external_topic, AFirstOneThatFailsHoldsBackTheKeysLaterOnes)
{
    arrives("a", {1, 41}, "!");
    arrives("a", {1, 42}, "y");
    arrives("b", {1, 7}, "z");
    EXPECT_EQ(value("a"), "(none)");
    EXPECT_EQ(value("b"), "z\n");
    EXPECT_EQ(parked().size(), 2u);
    refused_text.clear();
    context.advance(1min);
    EXPECT_EQ(value("a"), "!\ny\n");
    EXPECT_THAT(parked(), IsEmpty());
}

TEST_F(external_topic, AFirstOneThatIsDeadCanBeDiscarded)
{
    arrives("a", {1, 41}, "!");
    arrives("a", {1, 42}, "y");
    ASSERT_TRUE(context.await(delivering->discard("ledger.count", "a")));
    EXPECT_EQ(value("a"), "y\n");
    EXPECT_THAT(parked(), IsEmpty());
}

} // namespace

} // namespace edm::delivery_tests
