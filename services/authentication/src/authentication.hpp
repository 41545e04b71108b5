#pragma once

#include "api.hpp"
#include "documents.hpp"
#include "hashing.hpp"
#include "tokens.hpp"

#include <edm/service/service.hpp>

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

    task<result<nothing>> send_reset_mail(call& by, due<reset_mail> work);
    task<result<nothing>> check_administrator(call& by, due<administrator_check> work);

    void declare_endpoints(registry& r);
    bool is_administrator(const user_credentials& user) const;

    const resources& from_;
    tokens tokens_;
    hashing hashing_;
    database<user_credentials> users_;
    database<user_info> profiles_;
    setting<std::string> administrator_id_;
    setting<std::string> administrator_password_;
};

/// The address in lower case; none where the text is no e-mail address.
std::optional<std::string> to_user_id(std::string_view typed);

} // namespace edm::authentication
