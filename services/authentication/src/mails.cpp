#include "mails.hpp"

#include <edm/core/text.hpp>

#include <fmt/format.h>

namespace edm::authentication {

mail reset_mail_for(const user_credentials& user, std::string_view link)
{
    mail out;
    out.to = user.id;
    out.subject = "Choose a new password";
    out.text = fmt::format("Hello {},\n"
                           "\n"
                           "somebody, hopefully you, asked for a new password. To choose one, open\n"
                           "\n"
                           "{}\n"
                           "\n"
                           "The link works once, for one hour. If it was not you, ignore this mail:\n"
                           "your password stays as it is.\n",
                           user.name, link);
    out.html =
        fmt::format("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title></head><body>"
                    "<p>Hello {1},</p>"
                    "<p>somebody, hopefully you, asked for a new password.</p>"
                    "<p><a href=\"{2}\">Choose a new password</a></p>"
                    "<p>Or copy this into your browser: {2}</p>"
                    "<p>The link works once, for one hour. If it was not you, ignore this mail: your password stays "
                    "as it is.</p>"
                    "</body></html>",
                    out.subject, html_escape(user.name), html_escape(link));
    return out;
}

} // namespace edm::authentication
