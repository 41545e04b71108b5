#pragma once

#include <edm/describe/describe.hpp>
#include <edm/service/access.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace edm::contracts {

/// Somebody signed up, or signed up again over an account that was never confirmed. Key: the user id. The counter of
/// its sequence numbers the sign-ups of that user id, from 1: it is the `sign_up` of `email_confirmed`.
struct user_signed_up
{
    static constexpr std::string_view topic = "user-signed-up";
    std::string user_id; ///< e-mail address, lower case
    std::string user_name;
    /// Only in baselines: the account's address is confirmed already, so nobody need ask for it again.
    std::optional<bool> confirmed{};
};
BOOST_DESCRIBE_STRUCT(user_signed_up, (), (user_id, user_name, confirmed))

/// What a token of that user may do changed. Key: the user id. The platform knows it too, for it guards every service.
using edm::access_changed;

} // namespace edm::contracts
