#pragma once

#include <edm/testing_engines/answers.hpp>
#include <edm/testing_engines/one_service.hpp>
#include <edm/testing_engines/outside.hpp>

#include <edm/authentication/authentication.hpp>
#include <edm/contracts/authentication.hpp>
#include <edm/contracts/email_confirmation.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace edm::authentication {

inline const std::string ana = "ana@example.com";
inline const std::string admin = "admin@example.com";

/// The service alone, with what its tests ask of it.
class Authentication : public ::testing::Test
{
  protected:
    using header_list = testing::one_service::header_list;

    static std::string sign_up_body(const std::string& user, const std::string& password)
    {
        return fmt::format(R"({{"credentials":{{"id":"{0}","password":"{1}"}},)"
                           R"("user_info":{{"id":"{0}","name":"Ana Lima","phone_number":"123"}}}})",
                           user, password);
    }
    web::response sign_up(const std::string& user = ana, const std::string& password = "correct horse")
    {
        return sut.post("/signup", sign_up_body(user, password));
    }
    void confirm(const std::string& user = ana, std::int64_t which = 1)
    {
        sut.deliver(contracts::email_confirmed{user, which}, user);
    }
    web::response log_in(const std::string& user = ana, const std::string& password = "correct horse")
    {
        return sut.submit("/login", "grant_type=password&username=" + percent_encode(user) +
                                        "&password=" + percent_encode(password));
    }
    /// Signs up, confirms and logs in.
    header_list session()
    {
        sign_up();
        confirm();
        return bearer(log_in());
    }
    static header_list bearer(const web::response& logged_in)
    {
        return {{"Authorization", "Bearer " + testing::member_of(logged_in, "access_token")}};
    }
    /// Whether the service itself still takes the token.
    bool counts(const header_list& token)
    {
        return sut.post("/change-password", R"({"old_password":"?","new_password":"long enough"})", token).status !=
               401;
    }
    web::response ask_for_link(const std::string& user = ana)
    {
        return sut.post("/forgot-password", fmt::format(R"({{"id":"{}"}})", user));
    }
    web::response reset(const std::string& token, const std::string& password)
    {
        return sut.post("/reset-password", fmt::format(R"({{"token":"{}","new_password":"{}"}})", token, password));
    }
    std::string mailed_token() const { return mails.token_after("/reset-password?token="); }
    /// `generation:enabled` of each `access-changed` of a user.
    std::string access_of(const std::string& user)
    {
        std::string out;
        for (const auto& e : sut.published<access_changed>())
            if (e.user_id == user)
                out += fmt::format("{}:{} ", e.generation, e.enabled);
        return out;
    }

    testing::kept_mails mails;
    testing::plain_hasher hasher;
    testing::one_service sut{[this](resources& with) {
        with.mail = &mails;
        with.hasher = &hasher;
        return make_authentication(with);
    }};
};

} // namespace edm::authentication
