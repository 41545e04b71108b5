#include "fixture.hpp"

#include <edm/testing/subscription_check.hpp>

namespace edm::delivery_tests {

namespace {

using testing::check_subscription;
using ::testing::IsEmpty;
using ::testing::Not;

task<result<nothing>> send_mail(std::vector<std::string>* mails, std::string mail)
{
    if (mails)
        mails->push_back(std::move(mail));
    co_return nothing{};
}

/// The shop orders, the ledger counts and answers, the shop confirms: two services, two hops, one outside effect.
declarations round_trip(std::vector<std::string>* mails = nullptr)
{
    auto d =
        shop_and_ledger([](const loaded& document, const void* event, const received& how, std::span<const loaded>) {
            raw_change c{.value = document.value.value_or("") + text_of(event) + "\n",
                         .events = {{"counted", "\"" + text_of(event) + "\""}}};
            c.due.push_back(
                {.id = "mail-" + how.sequence.text(), .kind = "mail", .at = how.at.now.time_since_epoch().count()});
            return result<raw_change>{std::move(c)};
        });
    d.databases.push_back({.service = "shop", .name = "confirmations", .id = 1, .indexes = {}, .description = {}});
    d.topics.push_back(topic("ledger", "counted"));
    d.topics.back().database = "accounts";
    d.subscriptions.push_back(subscription("shop.confirm", "counted", append));
    d.subscriptions.back().db = 1;
    auto send = [mails](call&, std::string document, due_item item) {
        return send_mail(mails, document + " " + item.id);
    };
    d.due.push_back({.service = "ledger", .kind = "mail", .database = "accounts", .perform = send});
    return d;
}

std::string events_of(process& p, std::string_view service)
{
    std::string out;
    for (auto& one : p.await(p.of(service).pending(0, 1000)).value())
        out += one.event->topic + " " + one.event->key + " " + one.event->sequence.text() + "\n";
    return out;
}

/// What must be the same however often a process died.
std::string whole(process& p)
{
    std::string out;
    for (auto* key : {"a", "b"})
        out += fmt::format("{}: {} | {} | {}\n", key, p.value("shop", key), p.value("ledger", key),
                           p.value("shop", key, 1));
    return out + events_of(p, "shop");
}

constexpr auto expected_end =
    "a: 3 | 1\n3\n | 1\n3\n\nb: 2 | 2\n | 2\n\n"
    "ordered a 0000000001.000000000001\nordered b 0000000001.000000000001\nordered a 0000000001.000000000002\n";

/// Orders what is not ordered yet: a client whose answer was lost asks again, and the document tells.
void order_all(process& p)
{
    if (p.value("shop", "a") == "(none)") {
        ASSERT_TRUE(p.order("a", "1"));
    }
    if (p.value("shop", "b") == "(none)") {
        ASSERT_TRUE(p.order("b", "2"));
    }
    if (p.value("shop", "a") == "1") {
        ASSERT_TRUE(p.order("a", "3"));
    }
    p.pass(1min);
}

void expect_complete(process& p, const std::string& when)
{
    p.drain();
    EXPECT_EQ(whole(p), expected_end) << when;
    EXPECT_THAT(p.parked("ledger"), IsEmpty()) << when;
    EXPECT_THAT(p.parked("shop"), IsEmpty()) << when;
    for (const auto& row : p.await(p.at().audit()))
        EXPECT_EQ(std::make_tuple(row.behind, row.lost, row.parked, row.dead), std::make_tuple(0u, 0u, 0u, 0u))
            << when << " " << row.subscription;
    EXPECT_THAT(p.await(p.of("ledger").due_before(INT64_MAX, 1)).value(), IsEmpty()) << when;
}

TEST(Deaths, AFlowOfTwoServicesSurvivesADeathAtEveryWrite)
{
    std::vector<std::string> mails;
    auto d = round_trip(&mails);
    world w;
    std::vector<death> deaths;
    {
        death_watch watch(w);
        process p(w, d);
        order_all(p);
        expect_complete(p, "without a death");
        deaths = std::move(watch.deaths);
    }
    ASSERT_EQ(mails.size(), 3u);
    ASSERT_GT(deaths.size(), 10u);
    std::set<std::string> all_mails(mails.begin(), mails.end());
    for (std::size_t n = 0; n != deaths.size(); ++n) {
        // And once more while it recovers: from there every second write.
        std::vector<death> again;
        {
            world next(deaths[n].disks, deaths[n].when, n + 1);
            death_watch watch(next);
            process p(next, d);
            order_all(p);
            expect_complete(p, fmt::format("killed after write {}", n + 1));
            again = std::move(watch.deaths);
        }
        for (std::size_t m = n % 2; m < again.size(); m += 2) {
            world next(again[m].disks, again[m].when, m + 1);
            process p(next, d);
            order_all(p);
            expect_complete(p, fmt::format("killed after write {}, then after write {}", n + 1, m + 1));
        }
    }
    EXPECT_EQ(std::set<std::string>(mails.begin(), mails.end()), all_mails) << "an outside effect keeps its id";
}

/// A handler that meets `poison` "ends the process": the world is left at that instant, as the disks were.
struct mortal
{
    void meets(const void* event)
    {
        if (died || text_of(event) != "poison")
            return;
        ++deaths;
        left = now->engine.snapshot();
        when = now->clock.now();
        died = true;
    }
    /// One process after the other, until one lives for a minute: `at_rest` is what comes then, and may end it yet.
    void live_on(const declarations& d, int most_lives, const std::function<void(process&)>& at_rest)
    {
        ASSERT_TRUE(died);
        for (int lives = 1; died; ++lives) {
            died = false;
            ASSERT_LE(lives, most_lives) << "it ends the process for ever";
            world next(std::move(left), when);
            now = &next;
            process p(next, d);
            p.pass(1min);
            if (!died)
                at_rest(p);
        }
    }

    world first;
    int deaths = 0;

  private:
    document_engine::disks left;
    time_point when;
    world* now = &first;
    bool died = false;
};

TEST(Deaths, AnEventThatEndsTheProcessBecomesADeadLetter)
{
    mortal m;
    auto d = shop_and_ledger([&](const loaded& document, const void* event, const received& how,
                                 std::span<const loaded> reads) -> result<raw_change> {
        m.meets(event);
        return append(document, event, how, reads);
    });
    {
        process p(m.first, d);
        p.order("a", "poison");
    }
    int buried = 0;
    m.live_on(d, 23, [&](process& p) {
        auto dead = p.await(p.at().dead_letters("ledger.count"));
        ASSERT_EQ(dead.size(), 1u);
        EXPECT_EQ(dead[0].parked.attempts, 8);
        EXPECT_EQ(dead[0].parked.reason, "the process ended while this event was applied");
        EXPECT_EQ(p.value("ledger", "a"), "(none)");
        const auto other = "b" + std::to_string(++buried);
        p.order(other, "x");
        EXPECT_EQ(p.value("ledger", other), "x\n");
        if (buried == 1) // an operator has hopes for it
            ASSERT_TRUE(p.await(p.at().retry("ledger.count", "a")));
    });
    EXPECT_EQ(buried, 2);
    EXPECT_EQ(m.deaths, 9 + 8) << "once unsuspected, then as often as an event may be tried";
}

TEST(Deaths, AnEventThatWaitedForItsPredecessorAndEndsTheProcessBecomesADeadLetterToo)
{
    mortal m;
    bool refuse = true;
    auto d = shop_and_ledger([&](const loaded& document, const void* event, const received& how,
                                 std::span<const loaded> reads) -> result<raw_change> {
        if (refuse)
            return fail(refused);
        m.meets(event);
        return append(document, event, how, reads);
    });
    {
        process p(m.first, d);
        p.order("a", "1");
        p.order("a", "poison");
        refuse = false;
        p.pass(1min);
    }
    m.live_on(d, 12, [&](process& p) {
        EXPECT_EQ(p.await(p.at().dead_letters("ledger.count")).size(), 1u);
        EXPECT_EQ(p.value("ledger", "a"), "1\n");
    });
}

TEST(Deaths, AnInnocentEventOfAnUncleanEndIsAppliedAndCountedOnce)
{
    world w;
    auto d = shop_and_ledger();
    std::vector<death> deaths;
    {
        process p(w, d);
        death_watch watch(w);
        p.order("a", "1");
        deaths = std::move(watch.deaths);
    }
    ASSERT_EQ(deaths.size(), 2u) << "one commit of the publisher, one of the subscriber";
    world next(deaths[0].disks, deaths[0].when);
    process p(next, d);
    EXPECT_EQ(p.value("ledger", "a"), "1\n");
    EXPECT_THAT(p.parked(), IsEmpty());
}

TEST(Deaths, AFailureOfASuspectCountsOneAttempt)
{
    world w;
    bool refuse = false;
    auto d = shop_and_ledger([&](const loaded& document, const void* event, const received& how,
                                 std::span<const loaded> reads) -> result<raw_change> {
        if (refuse)
            return fail(refused);
        return append(document, event, how, reads);
    });
    std::vector<death> deaths;
    {
        process p(w, d);
        death_watch watch(w);
        p.order("a", "1");
        deaths = std::move(watch.deaths);
    }
    refuse = true;
    world next(deaths.at(0).disks, deaths.at(0).when);
    process p(next, d);
    ASSERT_EQ(p.parked().size(), 1u);
    EXPECT_EQ(p.parked()[0].attempts, 1);
    EXPECT_EQ(p.parked()[0].reason, "refused: The handler refuses this.");
}

TEST(Deaths, ADiscardThatWasInterruptedIsNoDeadLetterForEver)
{
    world w;
    auto d = shop_and_ledger([&](const loaded&, const void*, const received&,
                                 std::span<const loaded>) -> result<raw_change> { return fail(refused); });
    std::vector<death> deaths;
    {
        process p(w, d);
        p.order("a", "1");
        p.pass(1h);
        death_watch watch(w);
        ASSERT_TRUE(p.await(p.at().discard("ledger.count", "a")));
        deaths = std::move(watch.deaths);
    }
    world next(deaths.at(0).disks, deaths.at(0).when);
    process p(next, d);
    EXPECT_EQ(p.mark("ledger.count", "a"), (sequence{1, 1}));
    EXPECT_THAT(p.await(p.at().dead_letters("")), IsEmpty());
    EXPECT_EQ(p.await(p.at().discard("ledger.count", "a")).error().kind, &errors::not_found);
    EXPECT_THAT(p.parked(), IsEmpty()) << "the row that the death left is removed on the way";
}

testing::subscription_sample sample()
{
    return {.subscription = "ledger.count",
            .events = {{"a", "\"1\""}, {"b", "\"x\""}, {"a", "\"2\""}, {"a", "\"3\""}, {"b", "\"y\""}},
            .documents = {{.db = 0, .id = "b", .value = "there before\n"}}};
}

TEST(SubscriptionCheck, ASoundSubscriptionPasses)
{
    EXPECT_THAT(check_subscription(shop_and_ledger(), sample()), IsEmpty());
    EXPECT_THAT(check_subscription(round_trip(), sample()), IsEmpty());
}

TEST(SubscriptionCheck, AHandlerThatIsNotPureIsFound)
{
    int runs = 0;
    auto counting = shop_and_ledger(
        [&](const loaded&, const void*, const received&, std::span<const loaded>) -> result<raw_change> {
            return raw_change{.value = std::to_string(++runs)};
        });
    EXPECT_THAT(check_subscription(counting, sample()), Not(IsEmpty()));
}

TEST(SubscriptionCheck, AHandlerThatDependsOnTheTimeIsFoundUnlessThatIsLeftOut)
{
    auto d = shop_and_ledger([](const loaded& document, const void* event, const received& how,
                                std::span<const loaded>) -> result<raw_change> {
        return raw_change{.value = document.value.value_or("") + text_of(event) + "@" +
                                   std::to_string(how.at.now.time_since_epoch().count()) + "\n"};
    });
    auto s = sample();
    EXPECT_THAT(check_subscription(d, s), Not(IsEmpty()));
    s.compared = [](std::string text) {
        std::string out;
        bool skip = false;
        for (char c : text) {
            skip = c == '@' || (skip && c != '\n');
            if (!skip)
                out += c;
        }
        return out;
    };
    EXPECT_THAT(check_subscription(d, s), IsEmpty());
}

TEST(SubscriptionCheck, AnEventThatTheHandlerRefusesIsFound)
{
    auto d = shop_and_ledger([](const loaded& document, const void* event, const received& how,
                                std::span<const loaded> reads) -> result<raw_change> {
        if (text_of(event) == "2")
            return fail(refused);
        return append(document, event, how, reads);
    });
    auto problems = check_subscription(d, sample());
    ASSERT_THAT(problems, Not(IsEmpty()));
    EXPECT_NE(problems[0].find("refused"), std::string::npos) << problems[0];
}

TEST(SubscriptionCheck, AnUnknownSubscriptionIsAMistakeOfTheTest)
{
    auto s = sample();
    s.subscription = "nobody.here";
    EXPECT_THROW(check_subscription(shop_and_ledger(), s), std::invalid_argument);
}

} // namespace

} // namespace edm::delivery_tests
