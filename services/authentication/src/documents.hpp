#pragma once

#include <edm/describe/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace edm::authentication {

/// An account. Its id is the user id.
struct user_credentials
{
    std::string id; ///< e-mail address, lower case
    std::string password_hash;
    std::string name;
    std::optional<std::string> phone_number; ///< carried until it is filed into `user-info`
    std::optional<std::string> address;      ///< carried until it is filed into `user-info`
    /// How often this id was signed up. Each sign-up publishes exactly one `user-signed-up` in its commit, so it equals
    /// the counter of that topic for this key, which is what `email-confirmed` names the sign-up by.
    std::int64_t sign_ups = 0; ///< 0: the administrator, who never signed up
    bool confirmed = false;
    bool enabled = true;
    bool administrator = false;
    std::int64_t generation = 1;    ///< tokens of lower ones are refused
    std::int64_t session_until = 0; ///< when the last token of this generation expires, Unix milliseconds; 0: none
    std::int64_t resets_since = 0;  ///< when the present hour of asked-for reset mails began, Unix milliseconds
    std::int64_t resets = 0;        ///< how many were asked for in it
};
BOOST_DESCRIBE_STRUCT(user_credentials, (),
                      (id, password_hash, name, phone_number, address, sign_ups, confirmed, enabled, administrator,
                       generation, session_until, resets_since, resets))

/// What a user told of themselves. Its id is the user id.
struct user_info
{
    std::string id;
    std::string name;
    std::optional<std::string> phone_number;
    std::optional<std::string> address;
    std::int64_t sign_up = 0; ///< which sign-up it is from
};
BOOST_DESCRIBE_STRUCT(user_info, (), (id, name, phone_number, address, sign_up))

/// Due work: a mail with a link to reset the password.
struct reset_mail
{
    static constexpr std::string_view kind = "password-reset-mail";
    std::int64_t generation = 0; ///< of the account when it was asked for; of another one, the link is void
};
BOOST_DESCRIBE_STRUCT(reset_mail, (), (generation))

/// Due work: make the configured password the administrator's where it is not.
struct administrator_check
{
    static constexpr std::string_view kind = "administrator-password";
    static constexpr std::string_view item = "administrator-password";
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(administrator_check, (), (reason))

} // namespace edm::authentication
