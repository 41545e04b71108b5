// One trace from the call to what its events and due work lead to, retries and deaths included.

#include "fixture.hpp"

#include <edm/observability/log.hpp>

namespace edm::delivery_tests {

namespace {

using observability::trace_context;

class tracing : public ::testing::Test
{
  protected:
    tracing()
    {
        d.topics.push_back(topic("ledger", "counted"));
        d.subscriptions.back().handle = [this](const loaded& before, const void* event, const received& how,
                                               std::span<const loaded> reads) -> result<raw_change> {
            if (failures > 0) {
                --failures;
                return fail(refused);
            }
            auto change = append(before, event, how, reads);
            change->events.push_back({"counted", "\"once\""});
            return change;
        };
        d.due.push_back({.service = "shop",
                         .kind = "mail",
                         .database = "orders",
                         .perform = [this](call& c, std::string, due_item) { return perform(c); }});
    }
    task<result<nothing>> perform(call& c)
    {
        traces.push_back(c.trace());
        if (traces.size() == 1)
            co_return fail(refused, "the relay is away");
        co_return nothing{};
    }
    /// Publishes on behalf of this trace.
    void order(process& p, trace_context from, std::string key = "k")
    {
        call c{from};
        ASSERT_TRUE(p.await(p.at().update(c, "shop", 0, key, [&](const loaded&, const moment& now) {
            raw_change out{.value = "v", .events = {{"ordered", "\"v\""}}};
            out.due.push_back({.id = "m", .kind = "mail", .at = now.now.time_since_epoch().count(), .payload = "{}"});
            return result<raw_change>{std::move(out)};
        })));
        p.run();
    }
    std::vector<trace_context> published(process& p, std::string_view service, std::string_view topic)
    {
        std::vector<trace_context> out;
        for (const auto& one : *p.await(p.of(service).pending(0, 1000)))
            if (one.event->topic == topic) {
                auto text = decode_event(one.event->bytes)->traceparent;
                auto read = trace_context::parse(text);
                EXPECT_TRUE(read) << text;
                out.push_back(read.value_or(trace_context{}));
            }
        return out;
    }

    world w;
    declarations d = shop_and_ledger();
    trace_context given = trace_context::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").value();
    int failures = 0;
    std::vector<trace_context> traces;
};

TEST_F(tracing, GoesOnWithEventsAndWhatTheirHandlersPublish)
{
    process p{w, d};
    order(p, given);
    auto first = published(p, "shop", "ordered"), second = published(p, "ledger", "counted");
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first[0], given);
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].trace_id, given.trace_id);
    EXPECT_NE(second[0].span_id, given.span_id) << "a handler is a span of its own";
}

TEST_F(tracing, OutlivesRetries)
{
    failures = 2;
    process p{w, d};
    order(p, given);
    p.pass(1min);
    auto second = published(p, "ledger", "counted");
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].trace_id, given.trace_id);
}

TEST_F(tracing, OutlivesTheProcess)
{
    failures = 1;
    document_engine::disks left;
    {
        process p{w, d};
        order(p, given);
        left = w.engine.snapshot();
    }
    world after{left, w.clock.now()};
    process p{after, d};
    p.pass(1min);
    auto second = published(p, "ledger", "counted");
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].trace_id, given.trace_id);
}

TEST_F(tracing, GoesOnWithDueWorkAndItsRetries)
{
    process p{w, d};
    order(p, given);
    p.pass(1min);
    ASSERT_EQ(traces.size(), 2U);
    for (const auto& one : traces)
        EXPECT_EQ(one.trace_id, given.trace_id);
}

TEST_F(tracing, ACauseWithoutATraceBeginsOne)
{
    process p{w, d};
    order(p, trace_context{});
    auto first = published(p, "shop", "ordered"), second = published(p, "ledger", "counted");
    ASSERT_EQ(first.size(), 1U);
    EXPECT_TRUE(first[0].valid());
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].trace_id, first[0].trace_id);
    order(p, trace_context{}, "other");
    EXPECT_NE(published(p, "shop", "ordered").at(1).trace_id, first[0].trace_id);
}

TEST_F(tracing, FailuresAreLoggedWithTheTraceOfTheirCause)
{
    std::string lines;
    observability::log::configure(
        {.format = observability::log::format::json, .write = [&](std::string_view line) { lines += line; }});
    failures = 1;
    {
        process p{w, d};
        order(p, given);
        p.pass(1min);
    }
    observability::log::configure({});
    for (std::string_view event : {"event_parked", "due_work_failed"}) {
        auto at = lines.find(event);
        ASSERT_NE(at, std::string::npos) << lines;
        auto line = std::string_view{lines}.substr(at, lines.find('\n', at) - at);
        EXPECT_NE(line.find("4bf92f3577b34da6a3ce929d0e0e4736"), std::string_view::npos) << line;
    }
}

} // namespace

} // namespace edm::delivery_tests
