#include "email_confirmation.hpp"

#include "errors.hpp"
#include "mails.hpp"
#include "pages.hpp"

#include <edm/email_confirmation/email_confirmation.hpp>
#include <edm/service/send_mail.hpp>

namespace edm {

std::unique_ptr<service> make_email_confirmation(const resources& from)
{
    return std::make_unique<email_confirmation::email_confirmation>(from);
}

namespace email_confirmation {

email_confirmation::email_confirmation(const resources& from) : from_(from), links_(from) {}

std::string_view email_confirmation::description() const
{
    return "Proves that an e-mail address belongs to whoever signed up with it.";
}

void email_confirmation::declare(registry& r)
{
    r.database(confirmations_, "email-confirmation")
        .describe("Per user the latest sign-up, and whether its e-mail address was confirmed.");
    r.database(nobody_, "nobody")
        .describe("Stands in for addresses that wait for nothing, so that time tells nothing.");

    r.get("/confirm-email", *this, &email_confirmation::open_link)
        .publishes()
        .no_store()
        .ok("confirmed")
        .fails(errc::invalid_token, errc::expired_token, errc::inexistent_token, errc::previously_confirmed)
        .describe(
            "Confirm an e-mail address (page)",
            "The link of the confirmation mail. Answers with a page for people; an expired link offers a new one.");
    r.post("/confirm-email", *this, &email_confirmation::ask_for_link)
        .form()
        .no_store()
        .accepted("confirmation_requested")
        .describe("Ask for a new link (page)",
                  "What the form on the page of an expired link sends. The answer does not tell whether the address "
                  "waits for a confirmation.");
    r.post("/confirm-email-api", *this, &email_confirmation::confirm_by_api)
        .publishes()
        .no_store()
        .ok("confirmed", "The e-mail address is confirmed.")
        .fails(errc::invalid_token, errc::expired_token, errc::inexistent_token, errc::previously_confirmed)
        .describe("Confirm an e-mail address",
                  "Takes the token of the link in the confirmation mail. All links of the latest sign-up work for 24 "
                  "hours; those of an earlier sign-up belong to no present one.");
    r.post("/resend-confirmation", *this, &email_confirmation::resend)
        .no_store()
        .accepted("confirmation_requested", "If that address waits for its confirmation, a mail is on its way.")
        .describe(
            "Ask for a new confirmation mail",
            "Always 202: the answer does not tell whether the address is known or confirmed. Five mails an hour at "
            "most go to one address.");

    r.publishes<contracts::email_confirmed>().from(
        confirmations_, [](const confirmation& c) -> std::optional<contracts::email_confirmed> {
            if (!c.confirmed)
                return {};
            return contracts::email_confirmed{c.user_id, c.sign_up};
        });
    r.on<contracts::user_signed_up>("email-confirmation.create-token").changes(confirmations_).by(file_sign_up);
    r.due(confirmations_, std::string{confirmation_mail::kind}, *this, &email_confirmation::send_confirmation);
}

task<result<html>> email_confirmation::open_link(call& by, link_request request)
{
    auto confirmed = co_await confirm(by, std::move(request.token).value_or(std::string{}));
    if (!confirmed)
        co_return refused_page(confirmed.error());
    co_return confirmed_page(*confirmed);
}

task<result<html>> email_confirmation::ask_for_link(call& by, new_link_form form)
{
    const std::string typed = std::move(form.id).value_or(std::string{});
    resend_request request;
    if (!assign(describe<resend_request>(), &request, "id", typed, "body").empty())
        co_return no_address_page(typed);
    auto asked = co_await mail_again(by, std::move(request.id.value));
    if (!asked)
        co_return refused_page(asked.error());
    co_return new_link_page();
}

task<result<confirm_reply>> email_confirmation::confirm_by_api(call& by, confirm_request request)
{
    auto confirmed = co_await confirm(by, std::move(request.token.value));
    if (!confirmed)
        co_return fail(std::move(confirmed.error()));
    co_return confirm_reply{std::move(*confirmed)};
}

task<result<nothing>> email_confirmation::resend(call& by, resend_request request)
{
    return mail_again(by, std::move(request.id.value));
}

task<result<std::string>> email_confirmation::confirm(call& by, std::string token)
{
    auto link = links_.read(token, from_.environment.now());
    if (!link)
        co_return fail(std::move(link.error()));
    auto stored =
        co_await confirmations_.update(by, link->user_id, [&link](std::optional<confirmation> filed, const moment&) {
            return confirm_sign_up(std::move(filed), *link);
        });
    if (!stored)
        co_return fail(std::move(stored.error()));
    co_return std::move(link->user_id);
}

task<result<nothing>> email_confirmation::mail_again(call& by, std::string user_id)
{
    return update_or_stand_in(confirmations_, nobody_, by, std::move(user_id), request_mail);
}

task<result<nothing>> email_confirmation::send_confirmation(call& by, due<confirmation_mail> work)
{
    auto filed = co_await confirmations_.get(work.document);
    if (!filed)
        co_return fail(std::move(filed.error()));
    if (!*filed || (*filed)->confirmed || (*filed)->sequence != work.payload.sequence)
        co_return nothing{}; // that sign-up needs no mail any more
    auto message = confirmation_mail_for(**filed, links_.to(**filed, from_.environment.now()));
    co_return co_await send_mail(from_, by, "email-confirmation", std::move(work.item), std::move(message));
}

} // namespace email_confirmation

} // namespace edm
