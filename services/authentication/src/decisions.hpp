#pragma once

#include "documents.hpp"

#include <edm/contracts/authentication.hpp>
#include <edm/contracts/email_confirmation.hpp>
#include <edm/service/registry.hpp>

#include <optional>
#include <string>

// The pure functions of this service: what becomes of a document.

namespace edm::authentication {

using users_change = result<change<user_credentials>>;

/// What a sign-up brings, its password hashed.
struct new_account
{
    std::string id;
    std::string password_hash;
    std::string name;
    std::optional<std::string> phone_number;
    std::optional<std::string> address;
};

/// A new account, or a new sign-up over one that was never confirmed.
users_change sign_up_over(std::optional<user_credentials> user, const new_account& account);
/// Opens a session for whoever verified against `hash`. `already` tells whether one was open.
users_change open_session(std::optional<user_credentials> user, const std::string& hash, std::int64_t now,
                          std::int64_t until, bool& already);
/// Ends all sessions of the user that a token of this generation asks to end. Later sessions are none of its business.
users_change end_sessions(std::optional<user_credentials> user, std::int64_t generation);
/// Replaces the password that `old_hash` is of, and ends all sessions, those of `generation` too.
users_change replace_password(std::optional<user_credentials> user, std::int64_t generation,
                              const std::string& old_hash, std::string new_hash);
/// Replaces the password for whoever followed a link of this generation, and ends all sessions.
users_change reset_password(std::optional<user_credentials> user, std::int64_t generation, std::string new_hash);
/// Mails a link to reset the password, unless the account may not or had enough of them.
users_change request_reset(std::optional<user_credentials> user, const moment& at);

/// The administrator, where there is none.
users_change create_administrator(std::optional<user_credentials> user, const std::string& id, std::string hash);
/// Makes the account whose password is not the configured one the administrator's. `seen` is what did not verify.
users_change restore_administrator(std::optional<user_credentials> user, const user_credentials& seen,
                                   std::string hash);

/// The present events of an account.
std::optional<contracts::user_signed_up> published_user(const user_credentials& user);
std::optional<access_changed> published_access(const user_credentials& user);

/// Handlers of subscriptions.
users_change enable_user(std::optional<user_credentials> user, const contracts::email_confirmed& event,
                         const received& how, std::optional<user_info> profile);
result<change<user_info>> file_profile(std::optional<user_info> filed, const contracts::user_signed_up& event,
                                       const received& how, std::optional<user_credentials> user);

} // namespace edm::authentication
