#pragma once

#include <edm/core/result.hpp>

namespace edm::authentication::errc {

inline constexpr error_kind already_signed_up{409, "user_already_signed_up",
                                              "There is an account with this e-mail address."};
inline constexpr error_kind incorrect_credentials{401, "incorrect_login_credentials",
                                                  "The e-mail address or the password is wrong."};
inline constexpr error_kind email_not_validated{401, "email_not_validated",
                                                "The e-mail address of this account is not confirmed yet."};
inline constexpr error_kind invalid_format{
    400, "api_invalid_credentials_format",
    "The username must be an e-mail address, and the password 8 to 64 characters."};
inline constexpr error_kind incorrect_old_password{400, "incorrect_old_password", "The old password is wrong."};
inline constexpr error_kind invalid_reset_token{400, "invalid_token",
                                                "This link to reset a password is not valid any more."};
inline constexpr error_kind expired_reset_token{400, "expired_token", "This link to reset a password has expired."};
} // namespace edm::authentication::errc
