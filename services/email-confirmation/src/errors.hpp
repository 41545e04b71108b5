#pragma once

#include <edm/core/result.hpp>

namespace edm::email_confirmation::errc {

inline constexpr error_kind invalid_token{400, "invalid_token", "This confirmation link is not valid."};
inline constexpr error_kind expired_token{400, "expired_token", "This confirmation link has expired."};
inline constexpr error_kind inexistent_token{404, "inexistent_token",
                                             "This confirmation link belongs to no present sign-up."};
inline constexpr error_kind previously_confirmed{409, "previously_confirmed",
                                                 "This e-mail address is confirmed already."};

} // namespace edm::email_confirmation::errc
