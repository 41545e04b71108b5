#include "timeline.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace edm::notifications {
namespace {

using contracts::purchase_status_changed;
using contracts::recipe_purchase_requested;

recipe_purchase_requested requested(std::int64_t attempt, std::string recipe = "soup")
{
    return {"ana@example.com", std::move(recipe), attempt};
}

purchase_status_changed became(std::int64_t attempt, std::int64_t status, std::string recipe = "soup")
{
    return {"ana@example.com", std::move(recipe), attempt, status, "2026-11-24T14:31:12.345Z"};
}

// `soup#1?` requested, `soup#1=2` its status.
std::vector<std::string> lines(const timeline& list)
{
    std::vector<std::string> out;
    for (const auto& e : list.entries)
        out.push_back(fmt::format("{}#{}{}", e.recipe_id, e.attempt,
                                  e.payment_status ? fmt::format("={}", *e.payment_status) : std::string{"?"}));
    return out;
}

using expected = std::vector<std::string>;

TEST(Timeline, TellsARequestAndThenItsStatus)
{
    timeline list;
    EXPECT_TRUE(take(list, requested(1)));
    EXPECT_TRUE(take(list, became(1, 1)));
    EXPECT_EQ(lines(list), (expected{"soup#1?", "soup#1=1"}));
    EXPECT_EQ(list.counter, 2);
}

TEST(Timeline, AStatusThatOvertakesItsRequestWritesBoth)
{
    timeline list;
    EXPECT_TRUE(take(list, became(1, 1)));
    EXPECT_EQ(lines(list), (expected{"soup#1?", "soup#1=1"}));
    EXPECT_FALSE(take(list, requested(1)));
    EXPECT_EQ(list.counter, 2);
}

TEST(Timeline, RepeatsChangeNothingHoweverLateTheyCome)
{
    timeline list;
    take(list, requested(1));
    take(list, became(1, 3));
    for (int i = 0; i < 300; ++i)
        take(list, requested(1, fmt::format("recipe-{}", i)));
    ASSERT_EQ(list.entries.size(), kept_entries);
    const auto counter = list.counter;
    EXPECT_FALSE(take(list, requested(1)));
    EXPECT_FALSE(take(list, became(1, 3)));
    EXPECT_EQ(list.counter, counter);
}

TEST(Timeline, AnEarlierStatusIsStillToldAfterALaterRequest)
{
    timeline list;
    take(list, requested(1));
    take(list, requested(2));
    EXPECT_TRUE(take(list, became(1, 3)));
    EXPECT_TRUE(take(list, became(2, 1)));
    EXPECT_EQ(lines(list), (expected{"soup#1?", "soup#2?", "soup#1=3", "soup#2=1"}));
}

TEST(Timeline, ABaselineTellsTheLatestAttemptAlone)
{
    timeline list;
    take(list, became(3, 1));
    EXPECT_FALSE(take(list, requested(3)));
    EXPECT_EQ(lines(list), (expected{"soup#3?", "soup#3=1"}));
}

TEST(Timeline, APendingStatusProvesTheRequestAndAnswersNothing)
{
    timeline list;
    EXPECT_TRUE(take(list, became(1, 0)));
    EXPECT_FALSE(take(list, became(1, 0)));
    EXPECT_TRUE(take(list, became(1, 1)));
    EXPECT_EQ(lines(list), (expected{"soup#1?", "soup#1=1"}));
}

TEST(Timeline, PurchasesDoNotDisturbEachOther)
{
    timeline list;
    take(list, requested(1, "soup"));
    take(list, requested(1, "cake"));
    take(list, became(1, 1, "soup"));
    take(list, became(1, 2, "cake"));
    EXPECT_EQ(lines(list), (expected{"soup#1?", "cake#1?", "soup#1=1", "cake#1=2"}));
    ASSERT_EQ(list.purchases.size(), 2U);
    EXPECT_LT(list.purchases[0].recipe_id, list.purchases[1].recipe_id);
}

// Both topics keep their own order, and promise nothing between them: whatever the interleaving, with repeats, each
// attempt is told once, requested before its status.
TEST(Timeline, EveryInterleavingOfTheTwoTopicsTellsEachAttemptOnceInOrder)
{
    for (unsigned mask = 0; mask < (1U << 6); ++mask) {
        if (std::popcount(mask) != 3)
            continue;
        timeline list;
        std::int64_t request = 0;
        std::int64_t status = 0;
        for (unsigned bit = 0; bit < 6; ++bit) {
            if (mask & (1U << bit)) {
                take(list, requested(++request));
                take(list, requested(request));
            } else {
                ++status;
                take(list, became(status, status == 3 ? 1 : 3));
                take(list, became(status, 2));
            }
        }
        const auto told = lines(list);
        ASSERT_EQ(told.size(), 6U) << mask;
        for (int attempt = 1; attempt <= 3; ++attempt) {
            const auto asked = std::find(told.begin(), told.end(), fmt::format("soup#{}?", attempt));
            const auto answered =
                std::find(told.begin(), told.end(), fmt::format("soup#{}={}", attempt, attempt == 3 ? 1 : 3));
            ASSERT_NE(asked, told.end()) << mask;
            ASSERT_NE(answered, told.end()) << mask;
            EXPECT_LT(asked, answered) << mask;
        }
    }
}

timeline with_entries(int n)
{
    timeline list;
    for (int i = 1; i <= n; ++i)
        take(list, requested(1, fmt::format("r{:04}", i)));
    return list;
}

TEST(News, WithoutAPlaceStartsWithTheOldestKept)
{
    const auto list = with_entries(250);
    const auto fresh = next(list, std::nullopt, 1000);
    EXPECT_FALSE(fresh.reset);
    EXPECT_EQ(fresh.before, 50);
    ASSERT_EQ(fresh.entries.size(), kept_entries);
    EXPECT_EQ(fresh.entries.front().recipe_id, "r0051");
}

TEST(News, GoesOnAfterThePlaceWithoutGapOrRepeat)
{
    const auto list = with_entries(250);
    for (std::int64_t place = 50; place <= 250; ++place) {
        const auto fresh = next(list, place, 1000);
        EXPECT_FALSE(fresh.reset) << place;
        EXPECT_EQ(fresh.before, place);
        ASSERT_EQ(fresh.entries.size(), static_cast<std::size_t>(250 - place));
        if (!fresh.entries.empty()) {
            EXPECT_EQ(fresh.entries.front().recipe_id, fmt::format("r{:04}", place + 1));
        }
    }
}

TEST(News, APlaceThatIsGoneGetsAResetAndEverythingKept)
{
    const auto list = with_entries(250);
    for (const std::int64_t place : {-1, 0, 49, 251, 100'000}) {
        const auto fresh = next(list, place, 1000);
        EXPECT_TRUE(fresh.reset) << place;
        EXPECT_EQ(fresh.before, 50);
        EXPECT_EQ(fresh.entries.size(), kept_entries);
    }
}

TEST(News, OfAnEmptyListIsNothing)
{
    const timeline nobody;
    EXPECT_FALSE(next(nobody, std::nullopt, 10).reset);
    EXPECT_FALSE(next(nobody, 0, 10).reset);
    EXPECT_TRUE(next(nobody, 1, 10).reset);
    EXPECT_EQ(next(nobody, 1, 10).before, 0);
    EXPECT_TRUE(next(nobody, 1, 10).entries.empty());
}

TEST(News, ComesInPieces)
{
    const auto list = with_entries(120);
    std::optional<std::int64_t> place;
    std::vector<std::string> read;
    for (auto fresh = next(list, place, 50); !fresh.entries.empty(); fresh = next(list, place, 50)) {
        EXPECT_LE(fresh.entries.size(), 50U);
        for (const auto& e : fresh.entries)
            read.push_back(e.recipe_id);
        place = fresh.before + static_cast<std::int64_t>(fresh.entries.size());
    }
    EXPECT_EQ(read.size(), 120U);
    EXPECT_EQ(read.back(), "r0120");
}

TEST(Place, IsReadFromTheHeader)
{
    EXPECT_EQ(place_of(std::nullopt), std::nullopt);
    EXPECT_EQ(place_of(""), std::nullopt);
    EXPECT_EQ(place_of("17"), 17);
    for (const auto* bad : {"-5", "17x", "x", " 17", "99999999999999999999", "1.5"})
        EXPECT_EQ(place_of(bad), -1) << bad;
}

} // namespace
} // namespace edm::notifications
