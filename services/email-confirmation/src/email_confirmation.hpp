#pragma once

#include "api.hpp"
#include "documents.hpp"
#include "links.hpp"

#include <edm/contracts/authentication.hpp>
#include <edm/contracts/email_confirmation.hpp>
#include <edm/service/service.hpp>
#include <edm/service/stand_in.hpp>

#include <string_view>

namespace edm::email_confirmation {

class email_confirmation final : public service
{
  public:
    explicit email_confirmation(const resources& from);

    std::string_view name() const override { return "email-confirmation"; }
    std::string_view description() const override;
    void declare(registry& r) override;

  private:
    task<result<html>> open_link(call& by, link_request request);
    task<result<html>> ask_for_link(call& by, new_link_form form);
    task<result<confirm_reply>> confirm_by_api(call& by, confirm_request request);
    task<result<nothing>> resend(call& by, resend_request request);
    task<result<nothing>> send_confirmation(call& by, due<confirmation_mail> work);

    /// Confirms what the token names; the user id comes back.
    task<result<std::string>> confirm(call& by, std::string token);
    /// Mails a new link where the user waits for one. Who asks learns nothing of it, not by the time it takes either:
    /// there is one commit, whoever is named.
    task<result<nothing>> mail_again(call& by, std::string user_id);

    const resources& from_;
    links links_;
    database<confirmation> confirmations_;
    database<stand_in> nobody_;
};

/// Files a new sign-up and mails its link, at once or, where the address had its mails of this hour, after it; a
/// baseline of what is filed already changes nothing.
result<change<confirmation>> file_sign_up(std::optional<confirmation> filed, const contracts::user_signed_up& event,
                                          const received& how);
/// Confirms the sign-up that a link names, and tells of it.
result<change<confirmation>> confirm_sign_up(std::optional<confirmation> filed, const link_claims& link);
/// Decides whether one more mail is sent; `keep` without due work where it is not.
result<change<confirmation>> request_mail(std::optional<confirmation> filed, const moment& at);

} // namespace edm::email_confirmation
