#include "decisions.hpp"

#include "errors.hpp"

#include <algorithm>
#include <chrono>

namespace edm::authentication {

namespace {

constexpr std::int64_t resets_per_hour = 5;
constexpr milliseconds hour = std::chrono::hours{1};

/// The tokens that were issued so far are void; every service hears of it.
change<user_credentials> next_generation(user_credentials user)
{
    ++user.generation;
    user.session_until = 0;
    const access_changed event{user.id, user.generation, user.enabled};
    change<user_credentials> decided{std::move(user)};
    decided.publish(event);
    return decided;
}

} // namespace

users_change sign_up_over(std::optional<user_credentials> user, const new_account& account)
{
    if (user && user->confirmed)
        return fail(errc::already_signed_up);
    user_credentials fresh{.id = account.id,
                           .password_hash = account.password_hash,
                           .name = account.name,
                           .phone_number = account.phone_number,
                           .address = account.address,
                           .sign_ups = user ? user->sign_ups + 1 : 1,
                           .enabled = user ? user->enabled : true,
                           .generation = user ? user->generation : 1};
    const contracts::user_signed_up event{fresh.id, fresh.name};
    // What was asked for in the name of the account before, a link to reset its password say, is void.
    auto decided = user ? next_generation(std::move(fresh)) : change<user_credentials>{std::move(fresh)};
    decided.publish(event);
    return decided;
}

users_change open_session(std::optional<user_credentials> user, const std::string& hash, std::int64_t now,
                          std::int64_t until, bool& already)
{
    if (!user || user->password_hash != hash || !user->enabled)
        return fail(errc::incorrect_credentials);
    if (!user->confirmed)
        return fail(errc::email_not_validated);
    already = user->session_until > now;
    user->session_until = std::max(user->session_until, until);
    return change<user_credentials>{std::move(*user)};
}

users_change end_sessions(std::optional<user_credentials> user, std::int64_t generation)
{
    if (!user)
        return fail(errors::invalid_token);
    if (user->generation > generation)
        return change<user_credentials>::keep();
    user->generation = generation; // a token may be ahead of an account that was restored from a backup
    return next_generation(std::move(*user));
}

users_change replace_password(std::optional<user_credentials> user, std::int64_t generation,
                              const std::string& old_hash, std::string new_hash)
{
    if (!user || user->password_hash != old_hash)
        return fail(errc::incorrect_old_password);
    user->generation = std::max(user->generation, generation);
    user->password_hash = std::move(new_hash);
    return next_generation(std::move(*user));
}

users_change reset_password(std::optional<user_credentials> user, std::int64_t generation, std::string new_hash)
{
    if (!user || user->generation != generation || !user->confirmed || !user->enabled)
        return fail(errc::invalid_reset_token);
    user->password_hash = std::move(new_hash);
    return next_generation(std::move(*user));
}

users_change request_reset(std::optional<user_credentials> user, const moment& at)
{
    if (!user || !user->confirmed || !user->enabled)
        return change<user_credentials>::keep();
    const auto now = at.now.time_since_epoch().count();
    if (now - user->resets_since >= hour.count() || now < user->resets_since) {
        user->resets_since = now;
        user->resets = 0;
    }
    if (user->resets >= resets_per_hour)
        return change<user_credentials>::keep();
    ++user->resets;
    const reset_mail work{user->generation};
    change<user_credentials> decided{std::move(*user)};
    // The id of the item is the mail's Message-ID, so it must be unique among all users.
    decided.later(at.id(), reset_mail::kind, work, at.now);
    return decided;
}

users_change create_administrator(std::optional<user_credentials> user, const std::string& id, std::string hash)
{
    if (user) // another process was faster, or somebody signed up: verified later like any other
        return change<user_credentials>::keep();
    user_credentials fresh{
        .id = id, .password_hash = std::move(hash), .name = "Administrator", .confirmed = true, .administrator = true};
    const access_changed event{fresh.id, fresh.generation, fresh.enabled};
    change<user_credentials> decided{std::move(fresh)};
    decided.publish(event);
    return decided;
}

users_change restore_administrator(std::optional<user_credentials> user, const user_credentials& seen, std::string hash)
{
    if (!user || user->generation != seen.generation || user->password_hash != seen.password_hash)
        return change<user_credentials>::keep(); // changed since: another process did this, or the next start looks
                                                 // again
    user->password_hash = std::move(hash);
    user->confirmed = true;
    user->administrator = true;
    return next_generation(std::move(*user));
}

std::optional<contracts::user_signed_up> published_user(const user_credentials& user)
{
    if (user.sign_ups == 0)
        return {};
    contracts::user_signed_up event{user.id, user.name};
    if (user.confirmed)
        event.confirmed = true;
    return event;
}

std::optional<access_changed> published_access(const user_credentials& user)
{
    return access_changed{user.id, user.generation, user.enabled};
}

users_change enable_user(std::optional<user_credentials> user, const contracts::email_confirmed& event, const received&,
                         std::optional<user_info> profile)
{
    if (!user || user->confirmed || event.sign_up != user->sign_ups)
        return change<user_credentials>::keep();
    user->confirmed = true;
    if (profile && profile->sign_up == user->sign_ups) {
        user->phone_number.reset();
        user->address.reset();
    }
    return change<user_credentials>{std::move(*user)};
}

result<change<user_info>> file_profile(std::optional<user_info> filed, const contracts::user_signed_up&,
                                       const received&, std::optional<user_credentials> user)
{
    // The account may be newer than the event: what it says now is filed, and the later event finds it there.
    if (!user || (filed && filed->sign_up >= user->sign_ups))
        return change<user_info>::keep();
    return change<user_info>{user_info{user->id, user->name, user->phone_number, user->address, user->sign_ups}};
}

} // namespace edm::authentication
