#include "verdict.hpp"

#include <edm/testing/loop.hpp>

#include <gtest/gtest.h>

namespace edm::payment_provider {
namespace {

using namespace std::chrono_literals;

const time_point january = *from_rfc3339("2026-01-15T00:00:00Z");

order with_card(std::string_view digits)
{
    card c;
    c.card_holder_name = "Ana";
    c.card_number = secret<12, 30>{std::string{digits}};
    c.expiration_month = 12;
    c.expiration_year = 2031;
    c.cvv = secret<3, 4>{"123"};
    c.number_installments = 3;
    return {.recipe_id = "soup", .amount = minor_units{234}, .paid_with = std::move(c)};
}

verdict judged(std::string_view digits)
{
    const testing::seeded_random random{7};
    return judge(with_card(digits), {1s, 5s}, true, {january, &random});
}

TEST(Verdict, AGoodCardIsPaidOnceAfterTheDelay)
{
    const auto v = judged("4242424242424242");
    EXPECT_TRUE(v.document.accepted);
    EXPECT_EQ(v.document.final_status, status::paid);
    EXPECT_EQ(v.document.amount, minor_units{234});
    EXPECT_EQ(v.document.installments, 3);
    EXPECT_FALSE(v.document.reason);
    EXPECT_GE(v.document.settles_at, january + 1s);
    EXPECT_LE(v.document.settles_at, january + 5s);
    ASSERT_EQ(v.notices.size(), 1U);
    EXPECT_EQ(v.notices[0].at, v.document.settles_at);
    EXPECT_EQ(v.notices[0].what.payment_status, status::paid);
    EXPECT_EQ(v.notices[0].what.tries, 0);
}

TEST(Verdict, AnyOtherValidCardIsPaidToo)
{
    EXPECT_EQ(judged("5555555555554444").document.final_status, status::paid);
}

TEST(Verdict, CardsThatDoNotPayAreAcceptedAndFailLater)
{
    for (const auto* digits :
         {"4000000000000002", "4000000000009995", "4000000000000069", "4000000000000127", "4000000000000119"}) {
        const auto v = judged(digits);
        EXPECT_TRUE(v.document.accepted) << digits;
        EXPECT_EQ(v.document.final_status, status::failed) << digits;
        EXPECT_TRUE(v.document.reason) << digits;
        ASSERT_EQ(v.notices.size(), 1U) << digits;
    }
    EXPECT_EQ(judged("4000000000005001").document.final_status, status::cancelled);
}

TEST(Verdict, TheLateCardIsPendingFirst)
{
    const auto v = judged("4000000000001000");
    ASSERT_EQ(v.notices.size(), 2U);
    EXPECT_EQ(v.notices[0].what.payment_status, status::pending);
    EXPECT_LE(v.notices[0].at, january + 5s);
    EXPECT_EQ(v.notices[1].what.payment_status, status::paid);
    EXPECT_EQ(v.notices[1].at, january + 8s);
    EXPECT_NE(webhook_id(v.document, status::pending), webhook_id(v.document, status::paid));
}

TEST(Verdict, TheTwiceCardSendsOneWebhookTwice)
{
    const auto v = judged("4000000000002008");
    ASSERT_EQ(v.notices.size(), 2U);
    EXPECT_NE(item_of(v.notices[0].what), item_of(v.notices[1].what));
    EXPECT_EQ(v.notices[0].what.payment_status, v.notices[1].what.payment_status);
}

TEST(Verdict, TheLostCardsFirstWebhookIsTheSecondTry)
{
    const auto v = judged("4000000000003006");
    ASSERT_EQ(v.notices.size(), 1U);
    EXPECT_EQ(v.notices[0].what.tries, 1);
    EXPECT_GT(v.notices[0].at, v.document.settles_at);
}

TEST(Verdict, BadCardsAreRefusedAtOnceWithAReason)
{
    for (const auto* digits : {"4000000000004004", "4242424242424241"}) {
        const auto v = judged(digits);
        EXPECT_FALSE(v.document.accepted) << digits;
        EXPECT_TRUE(v.document.reason) << digits;
        EXPECT_FALSE(v.document.payment_id) << digits;
        EXPECT_TRUE(v.notices.empty()) << digits;
    }
    const testing::seeded_random random{7};
    auto unreadable = with_card("4242424242424242");
    unreadable.paid_with = std::unexpected("The token is damaged.");
    EXPECT_EQ(judge(unreadable, {1s, 5s}, true, {january, &random}).document.reason, "The token is damaged.");
}

TEST(Delay, IsARangeOrOneDuration)
{
    EXPECT_EQ(parse_delay("1s..5s")->longest, 5s);
    EXPECT_EQ(parse_delay("250ms..250ms")->shortest, 250ms);
    EXPECT_EQ(parse_delay("0s")->longest, 0s);
    for (const auto* bad : {"", "..", "1s..", "..5s", "5s..1s", "soon", "1s..5s..9s", "1s-5s", "48h"})
        EXPECT_FALSE(parse_delay(bad)) << bad;
}

TEST(Delay, EveryLengthOfTheRangeOccursAndNoOther)
{
    const testing::seeded_random random{3};
    bool shortest = false;
    bool longest = false;
    for (int i = 0; i < 1000; ++i) {
        const auto length = pick({2ms, 5ms}, random);
        ASSERT_TRUE(length >= 2ms && length <= 5ms);
        shortest |= length == 2ms;
        longest |= length == 5ms;
    }
    EXPECT_TRUE(shortest && longest);
    EXPECT_EQ(pick({0ms, 0ms}, random), 0ms);
}

TEST(Retry, FollowsTheScheduleWithJitterAndForEver)
{
    const testing::seeded_random random{3};
    const milliseconds steps[] = {5s, 5min, 30min, 2h, 5h, 10h, 10h, 10h};
    std::int64_t tries = 0;
    for (const auto step : steps) {
        const auto delay = retry_delay(++tries, false, 0ms, random);
        EXPECT_GE(delay, step);
        EXPECT_LE(delay, step + step / 5);
    }
    EXPECT_LT(retry_delay(1, true, 0ms, random), 1s);
    EXPECT_LE(retry_delay(1000, true, 0ms, random), 72s);
}

TEST(Retry, WaitsAsLongAsTheShopAsks)
{
    const testing::seeded_random random{3};
    EXPECT_EQ(retry_delay(1, true, 90s, random), 90s);
    EXPECT_EQ(retry_after_of({.status = 503, .headers = {{"retry-after", "120"}}}), 120s);
    EXPECT_EQ(retry_after_of({.status = 503, .headers = {{"retry-after", "99999999999"}}}), 24h);
    EXPECT_EQ(retry_after_of({.status = 503, .headers = {{"retry-after", "99999999999999999999999"}}}), 0s);
    for (const auto* ignored : {"", "-1", "soon", "Wed, 21 Oct 2026 07:28:00 GMT"})
        EXPECT_EQ(retry_after_of({.status = 503, .headers = {{"retry-after", ignored}}}), 0s) << ignored;
}

} // namespace
} // namespace edm::payment_provider
