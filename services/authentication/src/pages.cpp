#include "pages.hpp"

#include "errors.hpp"

#include <edm/core/text.hpp>
#include <edm/service/page.hpp>

#include <fmt/format.h>

#include <string>

namespace edm::authentication {

namespace {

constexpr std::string_view ask_again =
    "<form method=\"post\" action=\"/forgot-password-form\">"
    "<label for=\"id\">Your e-mail address</label>"
    "<input id=\"id\" name=\"id\" type=\"email\" maxlength=\"254\" autocomplete=\"email\" required>"
    "<button type=\"submit\">Send me a new link</button>"
    "</form>";

} // namespace

html new_password_page(std::string_view token, std::string_view problem)
{
    const auto told = problem.empty() ? std::string{} : fmt::format("<p role=\"alert\">{}</p>", html_escape(problem));
    return page(problem.empty() ? 200 : 400, "Choose a new password",
                fmt::format("{}<form method=\"post\" action=\"/reset-password-form\">"
                            "<input type=\"hidden\" name=\"token\" value=\"{}\">"
                            "<label for=\"new_password\">New password (8 to 64 characters)</label>"
                            "<input id=\"new_password\" name=\"new_password\" type=\"password\" minlength=\"8\" "
                            "maxlength=\"64\" autocomplete=\"new-password\" required>"
                            "<button type=\"submit\">Change my password</button></form>",
                            told, html_escape(token)));
}

html password_reset_page()
{
    return page(200, "Your password is changed",
                "<p>Everybody who was logged in with the old one is logged out.</p>"
                "<p><a href=\"/\">To the shop</a></p>");
}

html reset_refused_page(const failure& why)
{
    const auto sentence = fmt::format("<p>{}</p>", html_escape(why.text()));
    if (why.is(errc::expired_reset_token))
        return page(why.kind->status, "This link has expired", sentence + std::string{ask_again});
    if (why.is(errc::invalid_reset_token))
        return page(why.kind->status, "This link does not work",
                    sentence + "<p>It works once, and only the newest one does. You can ask for a new link:</p>" +
                        std::string{ask_again});
    return page(why.kind->status, "That did not work", sentence + "<p>Please try again in a moment.</p>");
}

html reset_link_page()
{
    return page(202, "Look into your mailbox", "<p>If there is such an account, a mail with a link is on its way.</p>");
}

html no_address_page(std::string_view typed)
{
    return page(400, "That is no e-mail address",
                fmt::format("<p>{} is no e-mail address.</p>{}", html_escape(typed), ask_again));
}

} // namespace edm::authentication
