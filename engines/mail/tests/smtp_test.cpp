#include "smtp_server.hpp"

#include <edm/core/text.hpp>
#include <edm/mail/mail.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>

namespace edm::mail_engine {
namespace {

using outcome = std::expected<void, std::string>;

const std::string password = "s3cret:/@%";

mail sample()
{
    return {.to = "ana@example.com",
            .subject = "Grüße",
            .text = "Hello Ana\n.\n..\nÄpfel\n" + std::string(2000, 'x') + "\n",
            .html = "<p>Hello</p>",
            .message_id = "42@shop.example",
            .traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"};
}

task<> into(task<outcome> work, std::promise<outcome>& done)
{
    auto result = co_await std::move(work);
    done.set_value(std::move(result));
}

outcome sent(mailer& by, mail message = sample())
{
    std::promise<outcome> done;
    auto result = done.get_future();
    spawn(into(by.send(std::move(message)), done));
    return result.get();
}

std::unique_ptr<mailer> to(const std::string& url)
{
    return make_mailer(url, {}, "The shop <shop@shop.example>", {});
}

std::string authenticated_url(const char* scheme, const smtp_server_process& server,
                              const std::string& secret = password)
{
    return fmt::format("{}://shop:{}@127.0.0.1:{}?ca={}", scheme, percent_encode(secret), server.port(),
                       percent_encode(server.ca_file()));
}

TEST(Smtp, SendsWithStarttlsAndAuthentication)
{
    smtp_server_process server{"starttls", "auth"};
    const auto by = to(authenticated_url("smtp", server));
    const auto result = sent(*by);
    ASSERT_TRUE(result) << result.error();

    const auto taken = server.next_mail();
    EXPECT_EQ(taken.at("from").as_string(), "shop@shop.example");
    EXPECT_EQ(taken.at("to").as_array().at(0).as_string(), "ana@example.com");
    EXPECT_EQ(taken.at("user").as_string(), "shop");
    EXPECT_TRUE(taken.at("tls").as_bool());
    EXPECT_EQ(taken.at("greeting").as_string(), "shop.example");

    const std::string source{taken.at("content").as_string()};
    EXPECT_NE(source.find("\r\nMessage-ID: <42@shop.example>\r\n"), std::string::npos);
    EXPECT_NE(source.find("\r\ntraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"),
              std::string::npos);
    const auto shown = read_message(source);
    EXPECT_EQ(shown.subject, "Grüße");
    EXPECT_EQ(shown.text, "Hello Ana\r\n.\r\n..\r\nÄpfel\r\n" + std::string(2000, 'x') + "\r\n");
    EXPECT_FALSE(server.has_mail());
}

TEST(Smtp, SendsWithTlsFromTheStart)
{
    smtp_server_process server{"tls", "auth"};
    const auto result = sent(*to(authenticated_url("smtps", server)));
    ASSERT_TRUE(result) << result.error();
    EXPECT_TRUE(server.next_mail().at("tls").as_bool());
}

TEST(Smtp, UsesTlsWhereItIsOfferedAndDoesWithoutWhereItIsNot)
{
    smtp_server_process offers{"starttls"};
    const auto with =
        sent(*to(fmt::format("smtp://127.0.0.1:{}?ca={}", offers.port(), percent_encode(offers.ca_file()))));
    ASSERT_TRUE(with) << with.error();
    EXPECT_TRUE(offers.next_mail().at("tls").as_bool());

    smtp_server_process plain{};
    const auto without = sent(*to(fmt::format("smtp://127.0.0.1:{}", plain.port())));
    ASSERT_TRUE(without) << without.error();
    EXPECT_FALSE(plain.next_mail().at("tls").as_bool());
}

TEST(Smtp, NeverSendsAPasswordInClearText)
{
    smtp_server_process server{"auth"};
    const auto result = sent(*to(authenticated_url("smtp", server)));
    ASSERT_FALSE(result);
    EXPECT_FALSE(server.has_mail());
}

TEST(Smtp, RefusesACertificateThatItDoesNotKnow)
{
    smtp_server_process server{"starttls", "auth"};
    const auto result = sent(*to(fmt::format("smtp://shop:{}@127.0.0.1:{}", percent_encode(password), server.port())));
    ASSERT_FALSE(result);
    EXPECT_FALSE(server.has_mail());
}

TEST(Smtp, AWrongPasswordIsAFailureThatDoesNotShowIt)
{
    smtp_server_process server{"starttls", "auth"};
    const auto result = sent(*to(authenticated_url("smtp", server, "hunter2")));
    ASSERT_FALSE(result);
    EXPECT_TRUE(result.error().starts_with("SMTP: ")) << result.error();
    EXPECT_EQ(result.error().find("hunter2"), std::string::npos);
}

TEST(Smtp, ARefusedReceiverIsAFailure)
{
    smtp_server_process server{"refuse"};
    const auto result = sent(*to(fmt::format("smtp://127.0.0.1:{}", server.port())));
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().find("550"), std::string::npos) << result.error();
}

TEST(Smtp, AServerThatIsAwayIsAFailure)
{
    int port = 0;
    {
        smtp_server_process server{};
        port = server.port();
    }
    EXPECT_FALSE(sent(*to(fmt::format("smtp://127.0.0.1:{}", port))));
}

TEST(Smtp, WhatCouldAddAHeaderNeverReachesTheServer)
{
    smtp_server_process server{};
    auto message = sample();
    message.subject = "Hello\r\nBcc: all@example.com";
    EXPECT_FALSE(sent(*to(fmt::format("smtp://127.0.0.1:{}", server.port())), message));
    EXPECT_FALSE(server.has_mail());
}

TEST(Smtp, ManyMailsAtOnceAllArrive)
{
    smtp_server_process server{};
    const auto by = to(fmt::format("smtp://127.0.0.1:{}", server.port()));
    constexpr std::size_t mails = 20;
    std::vector<std::promise<outcome>> done(mails);
    auto message = sample();
    message.text = "short"; // all of them together fit into the pipe that we read afterwards
    for (auto& one : done)
        spawn(into(by->send(message), one));
    for (auto& one : done) {
        const auto result = one.get_future().get();
        EXPECT_TRUE(result) << result.error();
    }
    for (std::size_t i = 0; i < mails; ++i)
        (void)server.next_mail();
}

} // namespace
} // namespace edm::mail_engine
