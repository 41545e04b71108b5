#pragma once

#include <edm/describe/describe.hpp>

#include <cstdint>
#include <string>

namespace edm::email_confirmation {

/// The latest sign-up of a user. Its id is the user id.
struct confirmation
{
    std::string user_id;
    std::string user_name;
    std::string sequence;     ///< of the `user-signed-up` event: names this sign-up among all there ever were
    std::int64_t sign_up = 0; ///< the counter of that sequence
    bool confirmed = false;
    std::int64_t mails_since = 0; ///< when the present hour of mails began, Unix milliseconds
    std::int64_t mails = 0;       ///< how many were decided on in it, those of sign-ups included
};
BOOST_DESCRIBE_STRUCT(confirmation, (), (user_id, user_name, sequence, sign_up, confirmed, mails_since, mails))

/// Due work: a mail with a link for this sign-up.
struct confirmation_mail
{
    static constexpr std::string_view kind = "confirmation-mail";
    std::string sequence;
};
BOOST_DESCRIBE_STRUCT(confirmation_mail, (), (sequence))

} // namespace edm::email_confirmation
