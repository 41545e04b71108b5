// The pure functions: what becomes of a sign-up, whatever the order of events and links.

#include "email_confirmation.hpp"
#include "errors.hpp"

#include <gtest/gtest.h>

namespace edm::email_confirmation {
namespace {

const moment noon{time_point{milliseconds{1'800'000'000'000}}, &random_source::system()};
const contracts::user_signed_up ana{"ana@example.com", "Ana Lima"};
const contracts::user_signed_up confirmed_ana{"ana@example.com", "Ana Lima", true};

received event_of(std::uint64_t counter, bool baseline = false, std::uint32_t epoch = 1)
{
    return {.key = "ana@example.com", .sequence = {epoch, counter}, .baseline = baseline, .at = noon};
}

confirmation filed(std::uint64_t counter = 1)
{
    return *file_sign_up({}, ana, event_of(counter))->value();
}

link_claims link_of(const confirmation& user)
{
    return {user.user_id, user.sequence};
}

TEST(FileSignUp, MailsALink)
{
    auto decided = file_sign_up({}, ana, event_of(1));
    ASSERT_TRUE(decided && decided->value());
    EXPECT_EQ(decided->value()->sign_up, 1);
    ASSERT_EQ(decided->raw().due.size(), 1u);
    EXPECT_EQ(decided->raw().due.front().kind, "confirmation-mail");
    EXPECT_TRUE(decided->raw().events.empty());
}

TEST(FileSignUp, ANewOneReplacesTheOlder)
{
    auto before = filed();
    before.confirmed = true;
    auto decided = file_sign_up(before, ana, event_of(2));
    ASSERT_TRUE(decided && decided->value());
    EXPECT_FALSE(decided->value()->confirmed);
    EXPECT_EQ(decided->value()->sign_up, 2);
    EXPECT_EQ(decided->raw().due.size(), 1u);
}

TEST(FileSignUp, ABaselineOfWhatIsFiledChangesNothing)
{
    EXPECT_TRUE(file_sign_up(filed(), ana, event_of(1, true))->kept());
    auto confirmed = filed();
    confirmed.confirmed = true;
    EXPECT_TRUE(file_sign_up(confirmed, confirmed_ana, event_of(1, true))->kept());
    EXPECT_TRUE(file_sign_up(confirmed, ana, event_of(1, true))->kept());
}

TEST(FileSignUp, ABaselineOfAConfirmedUserMailsNothing)
{
    auto decided = file_sign_up({}, confirmed_ana, event_of(3, true));
    ASSERT_TRUE(decided && decided->value());
    EXPECT_TRUE(decided->value()->confirmed);
    EXPECT_TRUE(decided->raw().due.empty());
    EXPECT_TRUE(file_sign_up(filed(), confirmed_ana, event_of(1, true))->value()->confirmed);
}

TEST(FileSignUp, ABaselineOfOneThatGotLostMailsItsLink)
{
    EXPECT_EQ(file_sign_up(filed(1), ana, event_of(2, true))->raw().due.size(), 1u);
}

TEST(ConfirmSignUp, TellsWhichSignUpItWas)
{
    const auto user = filed(2);
    auto decided = confirm_sign_up(user, link_of(user));
    ASSERT_TRUE(decided && decided->value());
    EXPECT_TRUE(decided->value()->confirmed);
    ASSERT_EQ(decided->raw().events.size(), 1u);
    EXPECT_EQ(decided->raw().events.front().topic, "email-confirmed");
    EXPECT_EQ(decided->raw().events.front().data, R"({"user_id":"ana@example.com","sign_up":2})");
}

TEST(ConfirmSignUp, WorksOnceAndOnlyForTheLatestSignUp)
{
    const auto old = filed(1), present = filed(2);
    EXPECT_TRUE(confirm_sign_up(present, link_of(old)).error().is(errc::inexistent_token));
    EXPECT_TRUE(confirm_sign_up({}, link_of(old)).error().is(errc::inexistent_token));
    auto once = confirm_sign_up(present, link_of(present));
    EXPECT_TRUE(confirm_sign_up(*once->value(), link_of(present)).error().is(errc::previously_confirmed));
}

TEST(ConfirmSignUp, ALinkFromBeforeARestoreConfirmsNoLaterSignUp)
{
    const auto before = *file_sign_up({}, ana, event_of(2, false, 1))->value();
    const auto after = *file_sign_up({}, ana, event_of(2, false, 1'800'000'000))->value();
    EXPECT_TRUE(confirm_sign_up(after, link_of(before)).error().is(errc::inexistent_token));
}

TEST(RequestMail, FiveAnHourGoToOneAddressThatOfTheSignUpIncluded)
{
    std::optional<confirmation> user = filed();
    for (int n = 1; n < 5; ++n) {
        auto decided = request_mail(user, noon);
        ASSERT_TRUE(decided);
        ASSERT_EQ(decided->raw().due.size(), 1u);
        user = *decided->value();
    }
    EXPECT_TRUE(request_mail(user, noon)->kept());
    const moment later{noon.now + std::chrono::hours{1}, noon.random};
    EXPECT_EQ(request_mail(user, later)->raw().due.size(), 1u);
}

TEST(FileSignUp, TheMailOfOneTooManyWaitsForTheNextHour)
{
    std::optional<confirmation> user;
    for (std::uint64_t n = 1; n <= 5; ++n) {
        auto decided = file_sign_up(user, ana, event_of(n));
        EXPECT_EQ(decided->raw().due.at(0).at, noon.now.time_since_epoch().count());
        user = *decided->value();
    }
    auto decided = file_sign_up(user, ana, event_of(6));
    EXPECT_EQ(decided->raw().due.at(0).at, (noon.now + std::chrono::hours{1}).time_since_epoch().count());
}

TEST(RequestMail, NoneForWhoeverNeedsNone)
{
    auto user = filed();
    user.confirmed = true;
    EXPECT_TRUE(request_mail(user, noon)->kept());
    EXPECT_TRUE(request_mail({}, noon)->kept());
}

} // namespace
} // namespace edm::email_confirmation
