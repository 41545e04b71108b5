#include "pages.hpp"

#include "errors.hpp"

#include <edm/core/text.hpp>
#include <edm/service/page.hpp>

#include <fmt/format.h>

#include <string>

namespace edm::email_confirmation {

namespace {

constexpr std::string_view ask_again =
    "<form method=\"post\" action=\"/confirm-email\">"
    "<label for=\"id\">Your e-mail address</label>"
    "<input id=\"id\" name=\"id\" type=\"email\" maxlength=\"254\" autocomplete=\"email\" required>"
    "<button type=\"submit\">Send me a new link</button>"
    "</form>";

} // namespace

html confirmed_page(std::string_view user_id)
{
    return page(
        200, "Your e-mail address is confirmed",
        fmt::format("<p>Thank you! {} is confirmed, you can log in now.</p><p><a href=\"/\">To the shop</a></p>",
                    html_escape(user_id)));
}

html refused_page(const failure& why)
{
    const auto sentence = fmt::format("<p>{}</p>", html_escape(why.text()));
    if (why.is(errc::expired_token))
        return page(why.kind->status, "This link has expired", sentence + std::string{ask_again});
    if (why.is(errc::previously_confirmed))
        return page(why.kind->status, "Already confirmed",
                    sentence + "<p>You can log in.</p><p><a href=\"/\">To the shop</a></p>");
    if (why.is(errc::inexistent_token) || why.is(errc::invalid_token))
        return page(why.kind->status, "This link does not work",
                    sentence + "<p>Please use the newest mail that you got from us, or ask for a new link:</p>" +
                        std::string{ask_again});
    return page(why.kind->status, "That did not work", sentence + "<p>Please try the link again in a moment.</p>");
}

html new_link_page()
{
    return page(202, "Look into your mailbox",
                "<p>If that address waits for its confirmation, a mail with a new link is on its way.</p>");
}

html no_address_page(std::string_view typed)
{
    return page(400, "That is no e-mail address",
                fmt::format("<p>{} is no e-mail address.</p>{}", html_escape(typed), ask_again));
}

} // namespace edm::email_confirmation
