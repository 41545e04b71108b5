// Signing up, logging in and out.

#include "stage.hpp"

#include "documents.hpp"

#include <edm/security/jwt.hpp>

namespace edm::authentication {
namespace {

using namespace std::chrono_literals;
using testing::header_of;
using testing::member_of;
using testing::outcome_of;

TEST_F(Authentication, ASignUpIsStoredToldAndFiled)
{
    const auto answer = sign_up();
    EXPECT_EQ(outcome_of(answer), "201 successful_sign_up");
    EXPECT_NE(answer.body.find(R"("data":{"id":"ana@example.com"})"), std::string::npos) << answer.body;
    EXPECT_EQ(header_of(answer, "Edm-After"), "user-signed-up/ana%40example.com/0000000001.000000000001");
    EXPECT_EQ(header_of(answer, "Cache-Control"), "no-store");
    const auto told = sut.published<contracts::user_signed_up>();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].user_name, "Ana Lima");
    EXPECT_EQ(sut.stored<user_info>("user-info", ana)->phone_number, "123");
    EXPECT_EQ(sut.stored<user_credentials>("user-credentials", ana)->password_hash, "plain:correct horse");
}

TEST_F(Authentication, AnAddressIsTheSameInCapitals)
{
    EXPECT_EQ(sign_up("Ana@Example.COM").status, 201);
    confirm();
    EXPECT_EQ(log_in("ANA@example.com").status, 200);
    EXPECT_EQ(outcome_of(sign_up()), "409 user_already_signed_up");
}

TEST_F(Authentication, SigningUpAgainOverAnUnconfirmedAccountReplacesIt)
{
    EXPECT_EQ(sign_up(ana, "first password").status, 201);
    EXPECT_EQ(sign_up(ana, "other password").status, 201);
    EXPECT_EQ(sut.published<contracts::user_signed_up>().size(), 2u);
    confirm(ana, 1);
    EXPECT_EQ(outcome_of(log_in(ana, "other password")), "401 email_not_validated") << "the older link is void";
    confirm(ana, 2);
    EXPECT_EQ(outcome_of(log_in(ana, "first password")), "401 incorrect_login_credentials");
    EXPECT_EQ(outcome_of(log_in(ana, "other password")), "200 successfully_logged_in");
}

TEST_F(Authentication, AConfirmedAccountIsNotSignedUpAgain)
{
    sign_up();
    confirm();
    const auto hashed = hasher.hashed;
    EXPECT_EQ(outcome_of(sign_up(ana, "other password")), "409 user_already_signed_up");
    EXPECT_EQ(hasher.hashed, hashed) << "nothing is spent on it";
    EXPECT_EQ(log_in().status, 200);
    EXPECT_EQ(outcome_of(sign_up(admin)), "409 user_already_signed_up");
}

TEST_F(Authentication, LoggingInAnswersTheEnvelopeAndThePasswordGrant)
{
    sign_up();
    confirm();
    const auto answer = log_in();
    EXPECT_EQ(outcome_of(answer), "200 successfully_logged_in");
    EXPECT_EQ(member_of(answer, "token"), member_of(answer, "access_token"));
    EXPECT_EQ(member_of(answer, "token_type"), "bearer");
    EXPECT_NE(answer.body.find(R"("expires_in":86400)"), std::string::npos) << answer.body;
    EXPECT_EQ(header_of(answer, "Cache-Control"), "no-store");
    EXPECT_EQ(header_of(answer, "Pragma"), "no-cache");
    const auto says = sut.signer().verify(security::purpose::access, member_of(answer, "token"), sut.now());
    ASSERT_TRUE(says);
    EXPECT_EQ(says->sub, ana);
    EXPECT_EQ(says->exp - says->iat, 24h);
    EXPECT_FALSE(says->administrator);
    EXPECT_FALSE(sut.signer().verify(security::purpose::confirmation, member_of(answer, "token"), sut.now()));
}

TEST_F(Authentication, ASecondLogInIsToldOfTheFirstWhileItsTokenLives)
{
    const auto first = session();
    const auto second = log_in();
    EXPECT_EQ(outcome_of(second), "200 user_already_logged_in");
    EXPECT_EQ(member_of(second, "new_token"), member_of(second, "access_token"));
    EXPECT_EQ(member_of(second, "token"), "");
    EXPECT_TRUE(counts(first)) << "older tokens stay good";
    sut.advance(24h);
    EXPECT_EQ(outcome_of(log_in()), "200 successfully_logged_in");
    const auto expired = sut.post("/logout", "", first);
    EXPECT_EQ(outcome_of(expired), "401 expired_token");
    EXPECT_EQ(header_of(expired, "WWW-Authenticate"), R"(Bearer error="invalid_token")");
}

TEST_F(Authentication, AWrongPasswordAndAnUnknownUserAreTheSame)
{
    sign_up();
    const auto unconfirmed = log_in(ana, "wrong password");
    confirm();
    const auto before = hasher.verified;
    const auto wrong = log_in(ana, "wrong password");
    const auto unknown = log_in("eva@example.com");
    EXPECT_EQ(outcome_of(wrong), "401 incorrect_login_credentials");
    EXPECT_EQ(header_of(wrong, "WWW-Authenticate"), "Bearer");
    EXPECT_EQ(unknown.body, wrong.body);
    EXPECT_EQ(unconfirmed.body, wrong.body) << "whether it is confirmed is told to whoever knows the password";
    EXPECT_EQ(hasher.verified - before, 2) << "each costs one verification";
    EXPECT_EQ(outcome_of(log_in("eva@example.com", "short")), "400 api_invalid_credentials_format");
}

TEST_F(Authentication, OnlyConfirmedAccountsLogIn)
{
    sign_up();
    EXPECT_EQ(outcome_of(log_in()), "401 email_not_validated");
    confirm(ana, 2);
    EXPECT_EQ(log_in().status, 401) << "no such sign-up";
    confirm();
    EXPECT_EQ(log_in().status, 200);
}

TEST_F(Authentication, WhatCannotBeRightIs400AndWhatIsMissing422)
{
    const struct
    {
        const char* name;
        std::string form;
        const char* answer;
    } table[] = {
        {"no e-mail address", "username=ana&password=correct+horse", "400 api_invalid_credentials_format"},
        {"empty address", "username=&password=correct+horse", "400 api_invalid_credentials_format"},
        {"short password", "username=ana%40example.com&password=1234567", "400 api_invalid_credentials_format"},
        {"long password", "username=ana%40example.com&password=" + std::string(65, 'x'),
         "400 api_invalid_credentials_format"},
        {"8 characters, 16 bytes", "username=ana%40example.com&password=" + percent_encode("äöüäöüäö"),
         "401 incorrect_login_credentials"},
        {"Swagger's empty client", "username=ana%40example.com&password=12345678&client_id=&client_secret=&scope=",
         "401 incorrect_login_credentials"},
    };
    for (const auto& [name, form, answer] : table)
        EXPECT_EQ(outcome_of(sut.submit("/login", form)), answer) << name;
    EXPECT_EQ(testing::violations_of(sut.submit("/login", "")), "422 body.username missing, body.password missing");
    EXPECT_EQ(testing::violations_of(sut.submit("/login", "username=%ff&password=12345678")),
              "422 body.username value_error");
    EXPECT_EQ(testing::violations_of(sut.submit("/login", "username=%zz")).substr(0, 20), "422 body value_error");
}

TEST_F(Authentication, LoggingOutEndsEveryToken)
{
    const auto first = session();
    const auto second = bearer(log_in());
    EXPECT_EQ(outcome_of(sut.post("/logout", "", first)), "200 successfully_logged_out");
    EXPECT_FALSE(counts(first));
    EXPECT_FALSE(counts(second));
    EXPECT_EQ(access_of(ana), "2:true ");
    const auto third = log_in();
    EXPECT_EQ(outcome_of(third), "200 successfully_logged_in") << "nobody is logged in any more";
    EXPECT_TRUE(counts(bearer(third)));
    EXPECT_EQ(sut.post("/logout", "", first).status, 401) << "a token that ended ends no later session";
    EXPECT_TRUE(counts(bearer(third)));
    const auto nobody = sut.post("/logout", "");
    EXPECT_EQ(outcome_of(nobody), "401 invalid_token");
    EXPECT_EQ(header_of(nobody, "WWW-Authenticate"), "Bearer");
}

TEST_F(Authentication, AnOverloadedHasherIsTold)
{
    session();
    hasher.overloaded = true;
    for (const auto& answer : {log_in(), log_in("eva@example.com"), sign_up("eva@example.com")}) {
        EXPECT_EQ(outcome_of(answer), "503 overloaded");
        EXPECT_EQ(header_of(answer, "Retry-After"), "1");
    }
    EXPECT_EQ(sut.published<contracts::user_signed_up>().size(), 1u);
}

TEST_F(Authentication, WhatIsStoredSurvivesARestart)
{
    const auto token = session();
    sut.restart();
    EXPECT_TRUE(counts(token));
    EXPECT_EQ(outcome_of(log_in()), "200 user_already_logged_in");
}

} // namespace
} // namespace edm::authentication
