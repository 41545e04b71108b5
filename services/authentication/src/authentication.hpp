#pragma once

#include "api.hpp"
#include "documents.hpp"
#include "hashing.hpp"
#include "tokens.hpp"

#include <edm/service/service.hpp>
#include <edm/service/stand_in.hpp>

#include <string_view>

namespace edm::authentication {

class authentication final : public service
{
  public:
    explicit authentication(const resources& from);

    std::string_view name() const override { return "authentication"; }
    std::string_view description() const override;
    void declare(registry& r) override;
    task<> start() override;

  private:
    task<result<sign_up_reply>> sign_up(call& by, sign_up_request request);
    task<result<log_in_reply>> log_in(call& by, log_in_form form);
    task<result<nothing>> log_out(call& by);
    task<result<nothing>> change_password(call& by, change_password_request request);
    task<result<nothing>> forgot_password(call& by, forgot_password_request request);
    task<result<nothing>> reset_password(call& by, reset_password_request request);

    task<result<html>> open_reset_link(call& by, reset_link_request request);
    task<result<html>> submit_new_password(call& by, new_password_form form);
    task<result<html>> ask_for_link(call& by, new_link_form form);

    /// Changes the password of whoever the token names.
    task<result<nothing>> reset(call& by, std::string token, std::string new_password);
    /// Mails a link to reset the password where there is such an account. Who asks learns nothing of it, not by the
    /// time it takes either: there is one commit, whoever is named.
    task<result<nothing>> mail_link(call& by, std::string user_id);

    task<result<nothing>> send_reset_mail(call& by, due<reset_mail> work);
    task<result<nothing>> check_administrator(call& by, due<administrator_check> work);

    void declare_endpoints(registry& r);
    void declare_pages(registry& r);
    bool is_administrator(const user_credentials& user) const;

    const resources& from_;
    tokens tokens_;
    hashing hashing_;
    database<user_credentials> users_;
    database<user_info> profiles_;
    database<stand_in> nobody_;
    setting<std::string> administrator_id_;
    setting<std::string> administrator_password_;
};

/// The address in lower case; none where the text is no e-mail address.
std::optional<std::string> to_user_id(std::string_view typed);

} // namespace edm::authentication
