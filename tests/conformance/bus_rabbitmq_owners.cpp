#include "rabbitmq_fixture.hpp"

#include <gmock/gmock.h>

/// A service whose store belongs to one process runs in that process alone.
namespace edm::conformance {

namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* owner = "edm.sink.owner";
constexpr const char* refusal_of_sink = "EDM_SERVICES: another process runs sink on a store of its own";

class bus_rabbitmq_owners : public rabbitmq_behind_gate
{
  protected:
    void SetUp() override
    {
        rabbitmq_behind_gate::SetUp();
        if (IsSkipped())
            return;
        go_by(through(), {}, true);
    }
    void TearDown() override
    {
        held_.reset();
        rabbitmq_behind_gate::TearDown();
    }
    bool somebody_takes_it()
    {
        return until([&] {
            held_ = server().hold_exclusively(owner);
            return held_ != nullptr;
        });
    }
    void cut_and_taken()
    {
        between_->cut();
        ASSERT_TRUE(until([&] { return bus_->trouble().has_value(); }));
        ASSERT_TRUE(somebody_takes_it());
        between_->open();
    }
    std::string trouble() const { return bus_->trouble().value_or(""); }

    std::shared_ptr<void> held_;
};

INSTANTIATE_TEST_SUITE_P(Foreign, bus_rabbitmq_owners, ::testing::ValuesIn(rabbitmq_kinds),
                         [](const auto& info) { return info.param.name; });

TEST_P(bus_rabbitmq_owners, ASecondProcessIsRefusedByOneLine)
{
    run();
    auto elsewhere = GetParam().stores();
    auto engine = elsewhere->engine();
    auto other = engine->open("sink", {{"documents", {}}});
    std::string refusal;
    try {
        auto second = bus_rabbitmq::make_bus({.urls = through(),
                                              .stores = {{"sink", other.get()}},
                                              .contexts = {context_.get()},
                                              .heartbeat_seconds = 2,
                                              .sole_owner = true});
        context_->await(second->open(topology_), false);
    } catch (const std::runtime_error& e) {
        refusal = e.what();
    }
    EXPECT_THAT(refusal, HasSubstr(refusal_of_sink));
    EXPECT_THAT(refusal, Not(HasSubstr("\n")));
    publish(1);
    EXPECT_TRUE(arrive(1)) << "the first one goes on";
    EXPECT_FALSE(bus_->trouble());
    settle_all();
}

TEST_P(bus_rabbitmq_owners, ItStartsOnceTheConnectionOfOneThatDiedIsMissed)
{
    ASSERT_TRUE(somebody_takes_it());
    bool opened = false;
    auto open = [](bus& b, topology t, bool& done) -> task<> {
        co_await b.open(std::move(t));
        done = true;
    };
    context_->post([&] { spawn(open(*bus_, topology_, opened)); });
    ASSERT_TRUE(until([&] { return trouble().starts_with(refusal_of_sink); }));
    EXPECT_FALSE(opened);
    held_.reset();
    EXPECT_TRUE(until([&] { return opened; }));
    EXPECT_TRUE(until([&] { return !bus_->trouble(); }));
    bus_->consume("sink.reads", reads_);
}

TEST_P(bus_rabbitmq_owners, ItServesOnWhileTheBrokerKeepsAnOldConnectionOfItsOwn)
{
    run();
    cut_and_taken();
    publish(2);
    EXPECT_TRUE(arrive(2));
    EXPECT_FALSE(bus_->trouble());
    settle_all();
    held_.reset();
    EXPECT_TRUE(until([&] { return server().hold_exclusively(owner) == nullptr; })) << "it is its own again";
}

TEST_P(bus_rabbitmq_owners, ItTakesNothingMoreOnceAnotherHasTheService)
{
    run();
    cut_and_taken();
    ASSERT_TRUE(until([&] { return trouble().starts_with(refusal_of_sink); }));
    ASSERT_TRUE(until([&] {
        server().publish_to("edm.news", "application/cloudevents+json", whole_event("news", "late", 1)->bytes);
        return server().messages("edm.sink.reads") != 0; // nobody was given it
    }));
    EXPECT_THAT(trouble(), HasSubstr(refusal_of_sink));
    held_.reset();
    EXPECT_TRUE(until([&] { return distinct().contains("late"); })) << "the other one ended";
    EXPECT_FALSE(bus_->trouble());
    settle_all();
}

TEST_P(bus_rabbitmq_owners, WithoutABrokerItStartsAtOnce)
{
    between_->cut();
    context_->await(bus_->open(topology_), false);
    EXPECT_TRUE(bus_->trouble());
    ASSERT_TRUE(somebody_takes_it());
    between_->open();
    EXPECT_TRUE(until([&] { return trouble().starts_with(refusal_of_sink); })) << "then it is told";
}

} // namespace

} // namespace edm::conformance
