// Changing and resetting passwords, by programs and by people.

#include "stage.hpp"

#include <edm/service/stand_in.hpp>

namespace edm::authentication {
namespace {

using namespace std::chrono_literals;
using testing::header_of;
using testing::outcome_of;

class Passwords : public Authentication
{
};

TEST_F(Passwords, AChangedOneEndsEverySession)
{
    const auto token = session();
    const std::string body = R"({"old_password":"correct horse","new_password":"new password"})";
    EXPECT_EQ(outcome_of(sut.post("/change-password", body, token)), "200 password_changed");
    EXPECT_FALSE(counts(token));
    EXPECT_EQ(access_of(ana), "2:true ");
    EXPECT_EQ(log_in().status, 401);
    EXPECT_EQ(outcome_of(log_in(ana, "new password")), "200 successfully_logged_in");
}

TEST_F(Passwords, AreChangedOnlyByWhoKnowsTheOldOne)
{
    const auto token = session();
    const std::string body = R"({"old_password":"wrong","new_password":"new password"})";
    EXPECT_EQ(outcome_of(sut.post("/change-password", body, token)), "400 incorrect_old_password");
    EXPECT_EQ(sut.post("/change-password", body).status, 401);
    EXPECT_TRUE(counts(token));
    EXPECT_EQ(access_of(ana), "");
}

TEST_F(Passwords, AreResetByTheMailedLinkOnce)
{
    const auto token = session();
    EXPECT_EQ(outcome_of(ask_for_link()), "202 password_reset_requested");
    ASSERT_EQ(mails.sent.size(), 1u);
    EXPECT_EQ(mails.sent[0].to, ana);
    EXPECT_NE(mails.sent[0].text.find("http://shop.test/reset-password?token="), std::string::npos);
    EXPECT_TRUE(mails.sent[0].message_id.ends_with(".authentication@shop.test")) << mails.sent[0].message_id;
    EXPECT_EQ(mails.sent[0].traceparent.size(), 55u);
    const auto link = mailed_token();
    EXPECT_TRUE(counts(token)) << "asking changes nothing";

    EXPECT_EQ(outcome_of(reset(link, "new password")), "200 password_reset");
    EXPECT_FALSE(counts(token));
    EXPECT_EQ(access_of(ana), "2:true ");
    EXPECT_EQ(log_in(ana, "new password").status, 200);
    EXPECT_EQ(outcome_of(reset(link, "third password")), "400 invalid_token");
    EXPECT_EQ(log_in(ana, "new password").status, 200);
}

TEST_F(Passwords, ALinkWorksForOneHour)
{
    session();
    ask_for_link();
    sut.advance(59min);
    EXPECT_EQ(sut.get("/reset-password?token=" + mailed_token()).status, 200);
    sut.advance(1min);
    EXPECT_EQ(outcome_of(reset(mailed_token(), "new password")), "400 expired_token");
}

TEST_F(Passwords, NoOtherTokenResetsOne)
{
    const auto token = session();
    for (const auto& other : {token[0].second.substr(7), std::string{"x"}, std::string{"a.b.c"}})
        EXPECT_EQ(outcome_of(reset(other, "new password")), "400 invalid_token");
    ask_for_link();
    EXPECT_EQ(sut.post("/logout", "", {{"Authorization", "Bearer " + mailed_token()}}).status, 401);
}

TEST_F(Passwords, SigningUpAgainVoidsALink)
{
    sign_up();
    EXPECT_EQ(ask_for_link().status, 202);
    EXPECT_TRUE(mails.sent.empty()) << "an unconfirmed account gets none";
}

// Whoever asks learns nothing: the same answer, and one commit, whoever is named.
TEST_F(Passwords, AskingTellsNothingOfTheAccount)
{
    session();
    sign_up("rui@example.com");
    const auto commits = [this](const std::string& user) {
        const auto before = sut.faults().writes.load();
        mails.away = true; // the mail itself is no part of the answer
        const auto answer = ask_for_link(user);
        EXPECT_EQ(answer.status, 202) << user;
        return std::pair{answer.body, sut.faults().writes.load() - before};
    };
    const auto unknown = commits("eva@example.com");
    EXPECT_EQ(commits("rui@example.com"), unknown) << "unconfirmed";
    for (int n = 0; n != 5; ++n)
        EXPECT_EQ(commits(ana).first, unknown.first);
    EXPECT_FALSE(sut.stored<stand_in>("nobody", to_hex(sha256(ana)).substr(0, 3))) << "a mail's commit is enough";
    EXPECT_EQ(commits(ana), unknown) << "had its mails of this hour";
    EXPECT_EQ(unknown.second, 1u);
    EXPECT_EQ(sut.published<contracts::user_signed_up>().size(), 2u) << "nobody is made";
}

TEST_F(Passwords, FiveMailsAnHourGoToOneAddress)
{
    session();
    for (int n = 0; n != 8; ++n)
        EXPECT_EQ(ask_for_link().status, 202);
    EXPECT_EQ(mails.sent.size(), 5u);
    sut.advance(1h);
    ask_for_link();
    EXPECT_EQ(mails.sent.size(), 6u);
}

TEST_F(Passwords, AMailThatCannotBeSentIsTriedAgainWithTheSameId)
{
    session();
    mails.away = true;
    EXPECT_EQ(ask_for_link().status, 202);
    EXPECT_TRUE(mails.sent.empty());
    sut.restart();
    mails.away = false;
    sut.advance(1min);
    ASSERT_EQ(mails.sent.size(), 1u);
    sut.advance(30min);
    EXPECT_EQ(mails.sent.size(), 1u);
    EXPECT_EQ(outcome_of(reset(mailed_token(), "new password")), "200 password_reset");
}

TEST_F(Passwords, PeopleResetTheirsOnAPageWithoutScript)
{
    session();
    ask_for_link();
    const auto link = mailed_token();
    const auto form = sut.get("/reset-password?token=" + link);
    EXPECT_EQ(form.status, 200);
    EXPECT_EQ(form.content_type, "text/html; charset=utf-8");
    EXPECT_NE(header_of(form, "Content-Security-Policy").find("default-src 'none'"), std::string::npos);
    EXPECT_EQ(header_of(form, "Referrer-Policy"), "no-referrer");
    EXPECT_EQ(header_of(form, "Cache-Control"), "no-store");
    EXPECT_NE(form.body.find(R"(<form method="post" action="/reset-password-form">)"), std::string::npos);
    EXPECT_NE(form.body.find(fmt::format(R"(name="token" value="{}")", link)), std::string::npos);
    EXPECT_EQ(form.body.find("<script"), std::string::npos);

    const auto bad = sut.submit("/reset-password-form", "token=" + link + "&new_password=short");
    EXPECT_EQ(bad.status, 400);
    EXPECT_NE(bad.body.find("8 to 64 characters."), std::string::npos);
    EXPECT_EQ(bad.body.find("short"), std::string::npos);
    const auto good = sut.submit("/reset-password-form", "token=" + link + "&new_password=new+password");
    EXPECT_EQ(good.status, 200);
    EXPECT_NE(good.body.find("Your password is changed"), std::string::npos);
    EXPECT_EQ(log_in(ana, "new password").status, 200);
    EXPECT_EQ(sut.get("/reset-password?token=" + link).status, 400) << "used up";
}

TEST_F(Passwords, AnExpiredLinkOffersANewOneToPeople)
{
    session();
    ask_for_link();
    const auto link = mailed_token();
    sut.advance(2h);
    for (const auto& page : {sut.get("/reset-password?token=" + link), sut.get("/reset-password"),
                             sut.submit("/reset-password-form", "token=" + link + "&new_password=new+password"),
                             sut.submit("/reset-password-form", "token=" + link + "&new_password=x"),
                             sut.submit("/reset-password-form", "")}) {
        EXPECT_EQ(page.status, 400);
        EXPECT_NE(page.body.find(R"(action="/forgot-password-form")"), std::string::npos) << page.body;
    }
    const auto asked = sut.submit("/forgot-password-form", "id=ana%40example.com");
    EXPECT_EQ(asked.status, 202);
    EXPECT_EQ(sut.submit("/forgot-password-form", "id=eva%40example.com").body, asked.body);
    EXPECT_EQ(mails.sent.size(), 2u);
    const auto typo = sut.submit("/forgot-password-form", "id=%3Cb%3Eana");
    EXPECT_EQ(typo.status, 400);
    EXPECT_NE(typo.body.find("&lt;b&gt;ana"), std::string::npos);
    EXPECT_EQ(typo.body.find("<b>"), std::string::npos);
}

} // namespace
} // namespace edm::authentication
