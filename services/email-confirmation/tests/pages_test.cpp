// What people and programs are shown: everything escaped, every problem named.

#include "errors.hpp"
#include "mails.hpp"
#include "pages.hpp"

#include <gtest/gtest.h>

namespace edm::email_confirmation {
namespace {

constexpr std::string_view hostile = "<script>alert('x')</script>\"&";

bool shows(const std::string& page, std::string_view what)
{
    return page.find(what) != std::string::npos;
}

TEST(Pages, EscapeWhatOthersWrote)
{
    EXPECT_FALSE(shows(confirmed_page(hostile).body, "<script>"));
    EXPECT_FALSE(shows(no_address_page(hostile).body, "<script>"));
    EXPECT_FALSE(shows(refused_page(failure{errc::invalid_token, std::string{hostile}}).body, "<script>"));
    EXPECT_TRUE(shows(no_address_page(hostile).body, "&lt;script&gt;"));
}

TEST(Pages, HaveTheStatusOfWhatTheyTell)
{
    EXPECT_EQ(confirmed_page("ana@example.com").status, 200);
    EXPECT_EQ(new_link_page().status, 202);
    EXPECT_EQ(refused_page(failure{errc::invalid_token}).status, 400);
    EXPECT_EQ(refused_page(failure{errc::expired_token}).status, 400);
    EXPECT_EQ(refused_page(failure{errc::inexistent_token}).status, 404);
    EXPECT_EQ(refused_page(failure{errc::previously_confirmed}).status, 409);
    EXPECT_EQ(refused_page(failure{errors::store_away}).status, 503);
}

TEST(Pages, AnExpiredLinkOffersANewOne)
{
    const auto page = refused_page(failure{errc::expired_token});
    EXPECT_TRUE(shows(page.body, R"(<form method="post" action="/confirm-email">)"));
    EXPECT_FALSE(shows(refused_page(failure{errc::previously_confirmed}).body, "<form"));
}

TEST(Mails, EscapeTheNameInTheirHtmlAlone)
{
    const confirmation user{.user_id = "ana@example.com", .user_name = std::string{hostile}};
    const auto message = confirmation_mail_for(user, "https://shop.example/confirm-email?token=a.b.c");
    EXPECT_EQ(message.to, "ana@example.com");
    EXPECT_TRUE(shows(message.text, hostile));
    EXPECT_FALSE(shows(message.html, "<script>"));
    EXPECT_TRUE(shows(message.html, R"(href="https://shop.example/confirm-email?token=a.b.c")"));
    EXPECT_FALSE(shows(message.subject, hostile)) << "a header is no place for others' text";
}

} // namespace
} // namespace edm::email_confirmation
