#include "mails.hpp"

#include <edm/core/text.hpp>

#include <fmt/format.h>

namespace edm::email_confirmation {

mail confirmation_mail_for(const confirmation& user, std::string_view link)
{
    mail out;
    out.to = user.user_id;
    out.subject = "Please confirm your e-mail address";
    out.text = fmt::format("Hello {},\n"
                           "\n"
                           "welcome! One step is left: please confirm that this address is yours by opening\n"
                           "\n"
                           "{}\n"
                           "\n"
                           "The link works for 24 hours. If it was not you who signed up, ignore this mail:\n"
                           "without the link nobody can log in with your address.\n",
                           user.user_name, link);
    out.html =
        fmt::format("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title></head><body>"
                    "<p>Hello {1},</p>"
                    "<p>welcome! One step is left: please confirm that this address is yours.</p>"
                    "<p><a href=\"{2}\">Confirm my e-mail address</a></p>"
                    "<p>Or copy this into your browser: {2}</p>"
                    "<p>The link works for 24 hours. If it was not you who signed up, ignore this mail: "
                    "without the link nobody can log in with your address.</p>"
                    "</body></html>",
                    out.subject, html_escape(user.user_name), html_escape(link));
    return out;
}

} // namespace edm::email_confirmation
