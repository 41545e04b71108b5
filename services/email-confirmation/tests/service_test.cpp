// Confirming an address as a whole: a sign-up is heard of, its mail goes out, links come back as pages and as JSON.

#include "documents.hpp"

#include <edm/testing_engines/answers.hpp>
#include <edm/testing_engines/one_service.hpp>
#include <edm/testing_engines/outside.hpp>

#include <edm/contracts/authentication.hpp>
#include <edm/contracts/email_confirmation.hpp>
#include <edm/email_confirmation/email_confirmation.hpp>
#include <edm/service/stand_in.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace edm::email_confirmation {
namespace {

using namespace std::chrono_literals;
using testing::header_of;
using testing::outcome_of;
using testing::violations_of;

const std::string ana = "ana@example.com";
const std::string hostile = "<script>alert(1)</script>";

class EmailConfirmation : public ::testing::Test
{
  protected:
    void signed_up(const std::string& user = ana, const std::string& name = "Ana Lima")
    {
        sut.deliver(contracts::user_signed_up{user, name}, user);
    }
    std::string mailed_token() const { return mails.token_after("/confirm-email?token="); }
    web::response confirm(const std::string& token)
    {
        return sut.post("/confirm-email-api", fmt::format(R"({{"token":"{}"}})", token));
    }
    web::response open(const std::string& token) { return sut.get("/confirm-email?token=" + token); }
    web::response resend(const std::string& user = ana)
    {
        return sut.post("/resend-confirmation", fmt::format(R"({{"id":"{}"}})", user));
    }
    /// `user:sign-up` of what was published.
    std::string confirmed()
    {
        std::string out;
        for (const auto& e : sut.published<contracts::email_confirmed>())
            out += fmt::format("{}:{} ", e.user_id, e.sign_up);
        return out;
    }

    testing::kept_mails mails;
    testing::one_service sut{[this](resources& with) {
        with.mail = &mails;
        return make_email_confirmation(with);
    }};
};

TEST_F(EmailConfirmation, ASignUpIsMailedALinkFromThePublicUrl)
{
    signed_up();
    ASSERT_EQ(mails.sent.size(), 1u);
    EXPECT_EQ(mails.sent[0].to, ana);
    EXPECT_NE(mails.sent[0].text.find("\nhttp://shop.test/confirm-email?token="), std::string::npos);
    EXPECT_TRUE(mails.sent[0].message_id.ends_with(".email-confirmation@shop.test")) << mails.sent[0].message_id;
    EXPECT_EQ(mails.sent[0].traceparent.size(), 55u);
    const auto answer =
        sut.post("/confirm-email-api", fmt::format(R"({{"token":"{}"}})", mailed_token()), {{"Host", "evil.example"}});
    EXPECT_EQ(outcome_of(answer), "200 confirmed");
    EXPECT_NE(answer.body.find(R"("data":{"user_id":"ana@example.com"})"), std::string::npos) << answer.body;
    EXPECT_EQ(header_of(answer, "Edm-After"), "email-confirmed/ana%40example.com/0000000001.000000000001");
    EXPECT_EQ(confirmed(), "ana@example.com:1 ");
}

TEST_F(EmailConfirmation, ProgramsAreAnsweredInJson)
{
    signed_up();
    const auto old = mailed_token();
    signed_up();
    const auto present = mailed_token();
    EXPECT_EQ(outcome_of(confirm(old)), "404 inexistent_token") << "of a sign-up that was replaced";
    EXPECT_EQ(outcome_of(confirm(present)), "200 confirmed");
    EXPECT_EQ(outcome_of(confirm(present)), "409 previously_confirmed");
    EXPECT_EQ(outcome_of(confirm("nonsense")), "400 invalid_token");
    EXPECT_EQ(outcome_of(confirm(present + "x")), "400 invalid_token");
    EXPECT_EQ(outcome_of(confirm(sut.token(ana).second.substr(7))), "400 invalid_token") << "an access token is none";
    EXPECT_EQ(confirmed(), "ana@example.com:2 ");
}

TEST_F(EmailConfirmation, PeopleAreAnsweredWithPages)
{
    signed_up();
    const auto old = mailed_token();
    signed_up();
    const auto present = mailed_token();
    const struct
    {
        std::string token;
        int status;
        const char* shows;
        bool offers_another;
    } table[] = {
        {old, 404, "This link does not work", true}, {present, 200, "Your e-mail address is confirmed", false},
        {present, 409, "Already confirmed", false},  {hostile, 400, "This link does not work", true},
        {"", 400, "This link does not work", true},
    };
    for (const auto& [token, status, shows, offers_another] : table) {
        const auto page = open(percent_encode(token));
        EXPECT_EQ(page.status, status) << shows;
        EXPECT_NE(page.body.find(shows), std::string::npos) << page.body;
        EXPECT_EQ(page.body.find(R"(<form method="post" action="/confirm-email">)") != std::string::npos,
                  offers_another);
        EXPECT_EQ(page.body.find("<script"), std::string::npos);
        EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
        EXPECT_EQ(header_of(page, "Cache-Control"), "no-store");
        EXPECT_NE(header_of(page, "Content-Security-Policy").find("default-src 'none'"), std::string::npos);
        EXPECT_NE(header_of(page, "Content-Security-Policy").find("frame-ancestors 'none'"), std::string::npos);
    }
    EXPECT_EQ(sut.get("/confirm-email").status, 400);
    EXPECT_EQ(confirmed(), "ana@example.com:2 ");
}

TEST_F(EmailConfirmation, ALinkWorksFor24HoursAndThenOffersANewOne)
{
    signed_up();
    const auto first = mailed_token();
    sut.advance(24h - 1s);
    resend();
    const auto second = mailed_token();
    sut.advance(1s);
    EXPECT_EQ(outcome_of(confirm(first)), "400 expired_token");
    const auto page = open(first);
    EXPECT_EQ(page.status, 400);
    EXPECT_NE(page.body.find("This link has expired"), std::string::npos);
    EXPECT_NE(page.body.find(R"(<form method="post" action="/confirm-email">)"), std::string::npos);

    const auto asked = sut.submit("/confirm-email", "id=ana%40example.com");
    EXPECT_EQ(asked.status, 202);
    ASSERT_EQ(mails.sent.size(), 3u);
    EXPECT_EQ(sut.submit("/confirm-email", "id=eva%40example.com").body, asked.body);
    EXPECT_EQ(outcome_of(confirm(second)), "200 confirmed") << "all unexpired links of the latest sign-up work";
    EXPECT_EQ(open(mailed_token()).status, 409);
}

TEST_F(EmailConfirmation, AMistypedAddressIsShownEscaped)
{
    const auto page = sut.submit("/confirm-email", "id=" + percent_encode(hostile));
    EXPECT_EQ(page.status, 400);
    EXPECT_NE(page.body.find("&lt;script&gt;"), std::string::npos) << page.body;
    EXPECT_EQ(page.body.find("<script"), std::string::npos);
    EXPECT_EQ(sut.submit("/confirm-email", "").status, 400);
}

// Whoever asks learns nothing: the same answer, and one commit, whoever is named.
TEST_F(EmailConfirmation, AskingForAMailTellsNothing)
{
    signed_up("rui@example.com");
    confirm(mailed_token());
    signed_up();
    mails.away = true; // the mail itself is no part of the answer
    const auto asked = [this](const std::string& user) {
        const auto before = sut.faults().writes.load();
        const auto answer = resend(user);
        EXPECT_EQ(outcome_of(answer), "202 confirmation_requested") << user;
        return std::pair{answer.body, sut.faults().writes.load() - before};
    };
    const auto unknown = asked("eva@example.com");
    EXPECT_EQ(unknown.second, 1u);
    EXPECT_EQ(asked("rui@example.com"), unknown) << "confirmed";
    for (int n = 0; n != 4; ++n)
        EXPECT_EQ(asked(ana).first, unknown.first);
    EXPECT_FALSE(sut.stored<stand_in>("nobody", to_hex(sha256(ana)).substr(0, 3))) << "a mail's commit is enough";
    EXPECT_EQ(asked(ana), unknown) << "had its mails of this hour";
    EXPECT_FALSE(sut.stored<confirmation>("email-confirmation", "eva@example.com"));
}

TEST_F(EmailConfirmation, NobodyFloodsAnAddress)
{
    for (int n = 0; n != 4; ++n)
        signed_up();
    for (int n = 0; n != 3; ++n)
        EXPECT_EQ(resend().status, 202);
    EXPECT_EQ(mails.sent.size(), 5u);
    for (int n = 0; n != 20; ++n)
        signed_up();
    EXPECT_EQ(mails.sent.size(), 5u);
    EXPECT_EQ(outcome_of(confirm(mailed_token())), "404 inexistent_token") << "all those links are void";
    sut.advance(1h);
    ASSERT_EQ(mails.sent.size(), 6u) << "that of the latest sign-up waited";
    EXPECT_EQ(outcome_of(confirm(mailed_token())), "200 confirmed");
}

TEST_F(EmailConfirmation, AMailThatCannotBeSentIsTriedAgainWithTheSameId)
{
    signed_up("rui@example.com");
    const auto other = mails.sent.at(0).message_id;
    mails.away = true;
    signed_up();
    sut.restart();
    mails.away = false;
    sut.advance(1min);
    ASSERT_EQ(mails.sent.size(), 2u);
    EXPECT_NE(mails.sent[1].message_id, other);
    sut.advance(2h);
    EXPECT_EQ(mails.sent.size(), 2u);
    EXPECT_EQ(outcome_of(confirm(mailed_token())), "200 confirmed");
}

TEST_F(EmailConfirmation, ARepeatedSignUpEventMailsNothingMore)
{
    signed_up();
    sut.restart();
    sut.advance(10min);
    EXPECT_EQ(mails.sent.size(), 1u);
    EXPECT_EQ(outcome_of(confirm(mailed_token())), "200 confirmed") << "the link is of the process before";
}

TEST_F(EmailConfirmation, RefusesBadBodies)
{
    const struct
    {
        const char* path;
        testing::bad_body bad;
    } table[] = {
        {"/confirm-email-api", {"nothing", "", "422 body missing"}},
        {"/confirm-email-api", {"cut off", R"({"token":)", "422 body.9 json_invalid"}},
        {"/confirm-email-api", {"bad UTF-8", "{\"token\":\"\xc3\"}", "422 body.10 json_invalid"}},
        {"/confirm-email-api", {"a list", "[]", "422 body model_attributes_type"}},
        {"/confirm-email-api", {"empty object", "{}", "422 body.token missing"}},
        {"/confirm-email-api", {"empty token", R"({"token":""})", "422 body.token string_too_short"}},
        {"/confirm-email-api", {"number", R"({"token":7})", "422 body.token string_type"}},
        {"/confirm-email-api", {"null", R"({"token":null})", "422 body.token string_type"}},
        {"/confirm-email-api",
         {"long token", R"({"token":")" + std::string(4097, 'x') + R"("})", "422 body.token string_too_long"}},
        {"/resend-confirmation", {"empty object", "{}", "422 body.id missing"}},
        {"/resend-confirmation", {"no address", R"({"id":"ana"})", "422 body.id value_error"}},
        {"/resend-confirmation", {"number", R"({"id":1})", "422 body.id string_type"}},
        {"/resend-confirmation",
         {"long address", R"({"id":")" + std::string(250, 'a') + R"(@example.com"})", "422 body.id value_error"}},
    };
    for (const auto& [path, bad] : table)
        EXPECT_EQ(violations_of(sut.post(path, bad.body)), bad.answer) << path << ": " << bad.name;
    EXPECT_TRUE(mails.sent.empty());
}

} // namespace
} // namespace edm::email_confirmation
