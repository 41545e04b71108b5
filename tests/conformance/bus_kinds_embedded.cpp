#include "bus_fixture.hpp"

#include <edm/bus_embedded/bus_embedded.hpp>

#include <gmock/gmock.h>

namespace edm::conformance {

namespace {

using ::testing::HasSubstr;

class embedded_under_test final : public bus_under_test
{
  public:
    std::unique_ptr<bus> make(std::map<std::string, store*, std::less<>> stores, executor& context) override
    {
        return bus_embedded::make_bus({.stores = std::move(stores), .contexts = {&context}});
    }
    void fence(const std::string&) override {}
};

std::unique_ptr<bus_under_test> make_embedded()
{
    return std::make_unique<embedded_under_test>();
}
std::string nothing_missing()
{
    return {};
}

const bus_kind kinds[] = {{"sqlite", false, store_kinds[0].make, make_embedded, nothing_missing},
                          {"document", false, store_kinds[1].make, make_embedded, nothing_missing}};

INSTANTIATE_TEST_SUITE_P(Embedded, bus_conformance, ::testing::ValuesIn(kinds),
                         [](const auto& info) { return info.param.name; });

class bus_embedded_alone : public bus_conformance
{
};
INSTANTIATE_TEST_SUITE_P(Embedded, bus_embedded_alone, ::testing::ValuesIn(kinds),
                         [](const auto& info) { return info.param.name; });

TEST_P(bus_embedded_alone, WithoutItsPublisherOrSubscriberAProcessRefusesToStart)
{
    for (bool publisher : {false, true}) {
        auto lacking = bus_embedded::make_bus(
            {.stores = publisher ? std::map<std::string, store*, std::less<>>{{"sink", sink_.get()}}
                                 : std::map<std::string, store*, std::less<>>{{"source", source_.get()}},
             .contexts = {context_.get()}});
        try {
            context_->await(lacking->open(declared()));
            FAIL() << "it started";
        } catch (const std::runtime_error& e) {
            EXPECT_THAT(e.what(), HasSubstr("EDM_SERVICES"));
            EXPECT_THAT(e.what(), HasSubstr(publisher ? "source must run" : "sink must run"));
            EXPECT_THAT(e.what(), HasSubstr("sink.reads"));
        }
    }
    auto neither = bus_embedded::make_bus({.stores = {{"third", sink_.get()}}, .contexts = {context_.get()}});
    EXPECT_NO_THROW(context_->await(neither->open(declared())));
}

TEST_P(bus_embedded_alone, WhatAForeignProgramPublishesNeedsABroker)
{
    topology_.subscriptions[0].publisher.clear();
    try {
        context_->await(bus_->open(topology_));
        FAIL() << "it started";
    } catch (const std::runtime_error& e) {
        EXPECT_STREQ(e.what(), "EDM_BUS: sink.reads subscribes to news, which a foreign program publishes; that needs "
                               "EDM_BUS=rabbitmq");
    }
}

TEST_P(bus_embedded_alone, APositionInAPartThatWasPrunedIsLost)
{
    run();
    publish(10);
    settle_all();
    end();
    boot();
    // An older copy of the subscriber's file was put back.
    ASSERT_TRUE(context_->await(sink_->note_now("cursor/sink.reads", 2), false));
    auto gone = context_->await(source_->prune(8, time_point::max(), 100), false);
    ASSERT_TRUE(gone);
    run();
    bool keeps_its_history = *gone == 0;
    EXPECT_EQ(passes_.size(), keeps_its_history ? 0u : 1u);
    EXPECT_EQ(reads_.got.size(), keeps_its_history ? 8u : 0u);
}

TEST_P(bus_embedded_alone, ABaselineThatFailsIsToldToWhoAskedAndStands)
{
    run();
    passes_fail_ = true;
    EXPECT_THROW(context_->await(bus_->ask_baseline({"sink.reads"})), std::runtime_error);
    restart();
    EXPECT_EQ(passes_.size(), 1u) << "the request stood";
    passes_fail_ = false;
    pass(std::chrono::seconds{2});
}

} // namespace

} // namespace edm::conformance
