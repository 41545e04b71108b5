#include "smtp_url.hpp"

#include <edm/mail/mail.hpp>

#include <edm/core/environment.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

namespace edm::mail_engine {
namespace {

using encryption = smtp_server::encryption;

TEST(SmtpUrl, APlainRelayUsesTlsWhereOffered)
{
    const auto s = parse_smtp_url("smtp://mail.example");
    ASSERT_TRUE(s);
    EXPECT_EQ(s->host, "mail.example");
    EXPECT_EQ(s->port, 25);
    EXPECT_EQ(s->tls, encryption::if_offered);
    EXPECT_FALSE(s->tls_from_start);
}

TEST(SmtpUrl, CredentialsNeedTlsAndAreDecoded)
{
    const auto s = parse_smtp_url("smtp://shop%40example.com:s3cret%3A%2F%40%25@mail.example:2525/");
    ASSERT_TRUE(s);
    EXPECT_EQ(s->user, "shop@example.com");
    EXPECT_EQ(s->password, "s3cret:/@%");
    EXPECT_EQ(s->port, 2525);
    EXPECT_EQ(s->tls, encryption::required);
    EXPECT_EQ(parse_smtp_url("smtp://u:p@mail.example")->port, 587);
}

TEST(SmtpUrl, SmtpsIsTlsFromTheStart)
{
    const auto s = parse_smtp_url("smtps://u:p@[::1]?ca=/etc/ssl/shop.pem");
    ASSERT_TRUE(s);
    EXPECT_TRUE(s->tls_from_start);
    EXPECT_EQ(s->host, "[::1]");
    EXPECT_EQ(s->port, 465);
    EXPECT_EQ(s->ca_file, "/etc/ssl/shop.pem");
}

TEST(SmtpUrl, TlsCanBeChosenWithoutCredentials)
{
    EXPECT_EQ(parse_smtp_url("smtp://localhost?tls=none")->tls, encryption::none);
    EXPECT_EQ(parse_smtp_url("smtp://localhost?tls=required")->tls, encryption::required);
}

TEST(SmtpUrl, EveryMistakeIsOneLineWithoutThePassword)
{
    for (const auto* bad :
         {"", "mail.example", "mailboxes", "http://hunter2@mail.example", "smtp://", "smtp://:hunter2@mail.example",
          "smtp://hunter2@mail.example", "smtp://u:hunter2@mail.example:0", "smtp://u:hunter2@mail.example:70000",
          "smtp://u:hunter2@mail.example/path", "smtp://u:hunter2@mail.example#x",
          "smtp://u:hunter2@mail.example?tls=none", "smtps://u:hunter2@mail.example?tls=none",
          "smtp://u:hunter2@mail.example?tls=maybe", "smtp://u:hunter2@mail.example?colour=red",
          "smtp://u:hunter2%0d%0aQUIT@mail.example", "smtp://u:hunter2/@mail.example"}) {
        const auto problem = mail_setting_problem(bad);
        ASSERT_TRUE(problem) << bad;
        EXPECT_TRUE(problem->starts_with("EDM_MAIL: ")) << *problem;
        EXPECT_EQ(problem->find("hunter2"), std::string::npos) << *problem;
        EXPECT_EQ(problem->find('\n'), std::string::npos) << *problem;
    }
    EXPECT_FALSE(mail_setting_problem("mailbox"));
    EXPECT_FALSE(mail_setting_problem("stdout"));
}

TEST(MakeMailer, SaysInOneLineWhatDoesNotParse)
{
    EXPECT_THROW((void)make_mailer("pigeon", "/nonexistent", "shop@example.com", {}), std::invalid_argument);
    EXPECT_THROW((void)make_mailer("stdout", "/nonexistent", "the shop", {}), std::invalid_argument);
    EXPECT_NE(make_mailer("stdout", "/nonexistent", "The shop <shop@example.com>", {}), nullptr);
    EXPECT_NE(make_mailer("smtp://127.0.0.1:1", "/nonexistent", "shop@example.com", {}), nullptr);
}

} // namespace
} // namespace edm::mail_engine
