#pragma once

#include <edm/describe/describe.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace edm::contracts {

/// A link that was mailed for a sign-up was followed. Key: the user id.
struct email_confirmed
{
    static constexpr std::string_view topic = "email-confirmed";
    std::string user_id;
    std::int64_t sign_up = 0; ///< the counter of the `user_signed_up` that it confirms; of any other, it means nothing
};
BOOST_DESCRIBE_STRUCT(email_confirmed, (), (user_id, sign_up))

} // namespace edm::contracts
