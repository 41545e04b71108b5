// The pure functions: what becomes of an account, whatever the order of events.

#include "decisions.hpp"
#include "errors.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace edm::authentication {
namespace {

const moment noon{time_point{milliseconds{1'800'000'000'000}}, &random_source::system()};

new_account ana(std::string hash = "hash-1")
{
    return {.id = "ana@example.com",
            .password_hash = std::move(hash),
            .name = "Ana Lima",
            .phone_number = "123",
            .address = "Rua 1"};
}

user_credentials account(bool confirmed)
{
    auto user = *sign_up_over({}, ana())->value();
    user.confirmed = confirmed;
    return user;
}

received event_of(std::uint64_t counter, bool baseline = false)
{
    return {.key = "ana@example.com", .sequence = {1, counter}, .baseline = baseline, .at = noon};
}

std::vector<std::string> topics(const change<user_credentials>& decided)
{
    std::vector<std::string> names;
    for (const auto& event : decided.raw().events)
        names.push_back(event.topic);
    std::ranges::sort(names);
    return names;
}

template <class E>
E event_in(const change<user_credentials>& decided)
{
    E out{};
    for (const auto& event : decided.raw().events)
        if (event.topic == E::topic) {
            EXPECT_TRUE(decode_into(out, event.data).empty());
        }
    return out;
}

TEST(SignUp, CreatesAnUnconfirmedAccountAndTellsOfItOnce)
{
    auto decided = sign_up_over({}, ana());
    ASSERT_TRUE(decided);
    EXPECT_EQ(topics(*decided), std::vector<std::string>{"user-signed-up"});
    EXPECT_EQ(decided->raw().events.front().data, R"({"user_id":"ana@example.com","user_name":"Ana Lima"})");
    EXPECT_FALSE(decided->value()->confirmed);
    EXPECT_EQ(decided->value()->sign_ups, 1);
    EXPECT_EQ(decided->value()->generation, 1);
}

TEST(SignUp, OverAnUnconfirmedAccountReplacesItAndVoidsWhatWasAskedForBefore)
{
    auto before = account(false);
    before.session_until = 1;
    auto decided = sign_up_over(before, ana("hash-2"));
    ASSERT_TRUE(decided);
    EXPECT_EQ(topics(*decided), (std::vector<std::string>{"access-changed", "user-signed-up"}));
    EXPECT_EQ(decided->value()->password_hash, "hash-2");
    EXPECT_EQ(decided->value()->sign_ups, 2);
    EXPECT_EQ(event_in<access_changed>(*decided).generation, 2);
}

TEST(SignUp, CannotEnableADisabledAccount)
{
    auto before = account(false);
    before.enabled = false;
    auto decided = sign_up_over(before, ana());
    ASSERT_TRUE(decided);
    EXPECT_FALSE(decided->value()->enabled);
    EXPECT_FALSE(event_in<access_changed>(*decided).enabled);
}

TEST(SignUp, OverAConfirmedAccountIsRefused)
{
    auto decided = sign_up_over(account(true), ana());
    ASSERT_FALSE(decided);
    EXPECT_TRUE(decided.error().is(errc::already_signed_up));
}

TEST(Session, ASecondOneIsToldOfTheFirst)
{
    bool already = true;
    auto first = open_session(account(true), "hash-1", 1000, 2000, already);
    ASSERT_TRUE(first);
    EXPECT_FALSE(already);
    auto second = open_session(*first->value(), "hash-1", 1999, 2999, already);
    ASSERT_TRUE(second);
    EXPECT_TRUE(already);
    auto third = open_session(*first->value(), "hash-1", 2000, 3000, already);
    ASSERT_TRUE(third);
    EXPECT_FALSE(already) << "the token of the first has expired";
}

TEST(Session, IsRefusedWhereTheAccountChangedSinceThePasswordVerified)
{
    bool already = false;
    EXPECT_TRUE(open_session({}, "hash-1", 0, 1, already).error().is(errc::incorrect_credentials));
    EXPECT_TRUE(open_session(account(true), "hash-0", 0, 1, already).error().is(errc::incorrect_credentials));
    EXPECT_TRUE(open_session(account(false), "hash-1", 0, 1, already).error().is(errc::email_not_validated));
    auto disabled = account(true);
    disabled.enabled = false;
    EXPECT_TRUE(open_session(disabled, "hash-1", 0, 1, already).error().is(errc::incorrect_credentials));
}

TEST(Session, LogoutRaisesTheGenerationAndForgetsTheSession)
{
    auto user = account(true);
    user.session_until = 5000;
    auto decided = end_sessions(user, 1);
    ASSERT_TRUE(decided);
    EXPECT_EQ(decided->value()->session_until, 0);
    EXPECT_EQ(decided->value()->generation, 2);
    EXPECT_EQ(topics(*decided), std::vector<std::string>{"access-changed"});
}

TEST(Session, ASecondLogoutWithTheSameTokenEndsNoLaterSession)
{
    auto later = *end_sessions(account(true), 1)->value();
    EXPECT_TRUE(end_sessions(later, 1)->kept());
    EXPECT_EQ(end_sessions(account(true), 7)->value()->generation, 8) << "the account was restored from a backup";
}

TEST(Password, IsReplacedOnlyWhereTheVerifiedOneIsStillThere)
{
    EXPECT_TRUE(replace_password(account(true), 1, "hash-0", "hash-2").error().is(errc::incorrect_old_password));
    auto decided = replace_password(account(true), 1, "hash-1", "hash-2");
    ASSERT_TRUE(decided);
    EXPECT_EQ(decided->value()->password_hash, "hash-2");
    EXPECT_EQ(event_in<access_changed>(*decided).generation, 2);
}

TEST(Password, ALinkToResetItWorksOnce)
{
    auto once = reset_password(account(true), 1, "hash-2");
    ASSERT_TRUE(once);
    EXPECT_TRUE(reset_password(*once->value(), 1, "hash-3").error().is(errc::invalid_reset_token));
    EXPECT_TRUE(reset_password(account(false), 1, "hash-3").error().is(errc::invalid_reset_token));
}

TEST(Password, FiveResetMailsAnHourGoToOneAddress)
{
    std::optional<user_credentials> user = account(true);
    for (int n = 0; n < 5; ++n) {
        auto decided = request_reset(user, noon);
        ASSERT_TRUE(decided);
        ASSERT_EQ(decided->raw().due.size(), 1u);
        user = *decided->value();
    }
    EXPECT_TRUE(request_reset(user, noon)->raw().due.empty());
    const moment later{noon.now + std::chrono::hours{1}, noon.random};
    EXPECT_EQ(request_reset(user, later)->raw().due.size(), 1u);
}

TEST(Password, NoResetMailGoesToAnAccountThatMayNotLogIn)
{
    EXPECT_TRUE(request_reset({}, noon)->raw().due.empty());
    EXPECT_TRUE(request_reset(account(false), noon)->raw().due.empty());
}

TEST(EmailConfirmed, EnablesTheSignUpThatItNamesAndNoOther)
{
    auto decided = enable_user(account(false), {"ana@example.com", 1}, event_of(1), {});
    ASSERT_TRUE(decided && decided->value());
    EXPECT_TRUE(decided->value()->confirmed);
    EXPECT_TRUE(decided->raw().events.empty());

    auto again = *sign_up_over(account(false), ana())->value();
    EXPECT_TRUE(enable_user(again, {"ana@example.com", 1}, event_of(1), {})->kept());
    EXPECT_TRUE(enable_user(again, {"ana@example.com", 2}, event_of(2), {})->value()->confirmed);
    EXPECT_TRUE(enable_user({}, {"ana@example.com", 1}, event_of(1), {})->kept());
    EXPECT_TRUE(enable_user(account(true), {"ana@example.com", 1}, event_of(1), {})->kept());
}

TEST(Profile, LeavesTheCredentialsOnceItIsFiledAndTheAccountConfirmed)
{
    auto user = account(false);
    auto filed = file_profile({}, {}, event_of(1), user);
    ASSERT_TRUE(filed && filed->value());
    EXPECT_EQ(filed->value()->phone_number, "123");

    auto early = enable_user(user, {"ana@example.com", 1}, event_of(1), {});
    EXPECT_EQ(early->value()->phone_number, "123") << "not filed yet";
    auto late = enable_user(user, {"ana@example.com", 1}, event_of(1), *filed->value());
    EXPECT_FALSE(late->value()->phone_number);
    EXPECT_FALSE(late->value()->address);
}

TEST(Profile, IsNotFiledTwiceNorOverwrittenByWhatWasCleared)
{
    auto user = account(false);
    auto filed = *file_profile({}, {}, event_of(1), user)->value();
    user.phone_number.reset();
    EXPECT_TRUE(file_profile(filed, {}, event_of(1), user)->kept());
    EXPECT_TRUE(file_profile({}, {}, event_of(1), {})->kept());
    user.sign_ups = 2;
    EXPECT_EQ(file_profile(filed, {}, event_of(2), user)->value()->sign_up, 2);
}

TEST(Administrator, IsCreatedConfirmedWithItsAccess)
{
    auto decided = create_administrator({}, "admin@example.com", "hash-1");
    ASSERT_TRUE(decided && decided->value());
    EXPECT_TRUE(decided->value()->confirmed);
    EXPECT_TRUE(decided->value()->administrator);
    EXPECT_EQ(topics(*decided), std::vector<std::string>{"access-changed"});
    EXPECT_EQ(event_in<access_changed>(*decided).generation, 1);
    EXPECT_FALSE(published_user(*decided->value()));
    EXPECT_TRUE(published_access(*decided->value()));
    EXPECT_TRUE(create_administrator(*decided->value(), "admin@example.com", "hash-2")->kept());
}

TEST(Administrator, IsRestoredOnlyFromWhatWasSeen)
{
    const auto seen = account(false);
    auto decided = restore_administrator(seen, seen, "hash-9");
    ASSERT_TRUE(decided && decided->value());
    EXPECT_TRUE(decided->value()->administrator);
    EXPECT_TRUE(decided->value()->confirmed);
    EXPECT_EQ(decided->value()->generation, 2);
    EXPECT_TRUE(restore_administrator(*decided->value(), seen, "hash-9")->kept());
}

TEST(Baseline, SaysWhetherTheAddressIsConfirmed)
{
    EXPECT_FALSE(published_user(account(false))->confirmed.has_value());
    EXPECT_EQ(published_user(account(true))->confirmed, true);
}

} // namespace
} // namespace edm::authentication
