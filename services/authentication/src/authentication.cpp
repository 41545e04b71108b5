#include "authentication.hpp"

#include "decisions.hpp"
#include "errors.hpp"

#include <edm/authentication/authentication.hpp>

namespace edm {

std::unique_ptr<service> make_authentication(const resources& from)
{
    return std::make_unique<authentication::authentication>(from);
}

namespace authentication {

authentication::authentication(const resources& from)
    : from_(from), tokens_(from), hashing_(from),
      administrator_id_{{.name = "APP_ADM_USER",
                         .documentation = "The administrator's e-mail address.",
                         .default_value = "admin@example.com",
                         .development_default = true,
                         .max = 254,
                         .validate = [](const std::string& typed) -> std::optional<std::string> {
                             if (to_user_id(typed))
                                 return {};
                             return "is no e-mail address; write one such as admin@shop.example";
                         }}},
      administrator_password_{
          {.name = "APP_ADM_PASSWORD",
           .documentation = "The administrator's password; in development a generated one, printed once.",
           .generated = config::secret_kind::password,
           .secret = true,
           .min = 8,
           .max = 64}}
{
}

std::string_view authentication::description() const
{
    return "Who the users are, and what their tokens may do.";
}

void authentication::declare(registry& r)
{
    r.setting(administrator_id_);
    r.setting(administrator_password_);

    r.database(users_, "user-credentials").describe("Accounts: password hash, confirmation, sessions.");
    r.database(profiles_, "user-info").describe("What users told of themselves when they signed up.");
    r.database(nobody_, "nobody").describe("Stands in for accounts that are not there, so that time tells nothing.");

    declare_endpoints(r);

    r.publishes<contracts::user_signed_up>().from(users_, published_user);
    r.publishes<access_changed>().from(users_, published_access);
    r.on<contracts::user_signed_up>("authentication.file-profile")
        .changes(profiles_)
        .reading(users_, [](const contracts::user_signed_up&, std::string_view key) { return std::string{key}; })
        .by(file_profile);
    r.on<contracts::email_confirmed>("authentication.enable-user")
        .changes(users_)
        .reading(profiles_, [](const contracts::email_confirmed&, std::string_view key) { return std::string{key}; })
        .by(enable_user);

    r.due(users_, std::string{reset_mail::kind}, *this, &authentication::send_reset_mail);
    r.due(users_, std::string{administrator_check::kind}, *this, &authentication::check_administrator);
}

void authentication::declare_endpoints(registry& r)
{
    r.post("/signup", *this, &authentication::sign_up)
        .publishes()
        .no_store()
        .created("successful_sign_up", "Signed up. A mail with a link to confirm the e-mail address is on its way.")
        .fails(errc::already_signed_up)
        .describe("Sign up",
                  "Creates an account, which can log in once its e-mail address is confirmed. Signing up again over an "
                  "account that was never confirmed replaces it and voids the links that were mailed for it.");
    r.post("/login", *this, &authentication::log_in)
        .form()
        .whole()
        .no_store()
        .ok("successfully_logged_in", "Logged in.")
        .fails(errc::invalid_format, errc::incorrect_credentials, errc::email_not_validated)
        .describe(
            "Log in",
            "The OAuth2 password form (RFC 6749). The access token works for 24 hours, and until the user logs out "
            "or changes the password.");
    r.post("/logout", *this, &authentication::log_out)
        .authenticated()
        .publishes()
        .no_store()
        .ok("successfully_logged_out", "Logged out everywhere.")
        .describe("Log out", "Ends every session of the user: no token that was issued so far is accepted any more.");
    r.post("/change-password", *this, &authentication::change_password)
        .authenticated()
        .publishes()
        .no_store()
        .ok("password_changed", "The password is changed; please log in again.")
        .fails(errc::incorrect_old_password)
        .describe("Change the password", "Takes the old password and the new one, and ends every session of the user.");
    r.post("/forgot-password", *this, &authentication::forgot_password)
        .no_store()
        .accepted("password_reset_requested", "If there is such an account, a mail with a link is on its way.")
        .describe(
            "Ask for a link to reset the password",
            "Always 202: the answer does not tell whether the address is known. Five mails an hour at most go to one "
            "address.");
    r.post("/reset-password", *this, &authentication::reset_password)
        .publishes()
        .no_store()
        .ok("password_reset", "The password is changed; please log in.")
        .fails(errc::invalid_reset_token, errc::expired_reset_token)
        .describe(
            "Reset the password",
            "Takes the token of the link in the mail, which works once and for one hour, and the new password; ends "
            "every session of the user.");
    declare_pages(r);
}

void authentication::declare_pages(registry& r)
{
    r.get("/reset-password", *this, &authentication::open_reset_link)
        .no_store()
        .ok("password_form")
        .fails(errc::invalid_reset_token, errc::expired_reset_token)
        .describe("Reset the password (page)",
                  "The link of the mail: a page that asks for the new password. Opening it uses nothing up.");
    r.post("/reset-password-form", *this, &authentication::submit_new_password)
        .form()
        .publishes()
        .no_store()
        .ok("password_reset")
        .fails(errc::invalid_reset_token, errc::expired_reset_token)
        .describe("Reset the password (page)", "What the form on the page of the link sends.");
    r.post("/forgot-password-form", *this, &authentication::ask_for_link)
        .form()
        .no_store()
        .accepted("password_reset_requested")
        .describe("Ask for a link to reset the password (page)",
                  "What the form on the page of an expired link sends. The answer does not tell whether there is such "
                  "an account.");
}

bool authentication::is_administrator(const user_credentials& user) const
{
    return user.administrator && to_user_id(*administrator_id_) == user.id; // a former one's account keeps its flag
}

std::optional<std::string> to_user_id(std::string_view typed)
{
    forgot_password_request parsed;
    if (!assign(describe<forgot_password_request>(), &parsed, "id", typed, "body").empty())
        return {};
    return std::move(parsed.id.value);
}

} // namespace authentication

} // namespace edm
