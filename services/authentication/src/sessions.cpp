#include "authentication.hpp"
#include "decisions.hpp"
#include "errors.hpp"

#include <edm/core/text.hpp>

namespace edm::authentication {

namespace {

bool plausible(std::string_view typed)
{
    const auto length = code_points(typed);
    return length >= 8 && length <= 64;
}

log_in_reply reply_with(std::string token, bool already)
{
    log_in_reply reply;
    reply.status = already ? "user_already_logged_in" : "successfully_logged_in";
    reply.details.description = already ? "You were logged in already; here is a new token." : "You are logged in.";
    (already ? reply.details.data.new_token : reply.details.data.token) = token;
    reply.access_token = std::move(token);
    reply.token_type = "bearer";
    reply.expires_in = std::chrono::duration_cast<std::chrono::seconds>(access_token_life).count();
    return reply;
}

} // namespace

task<result<log_in_reply>> authentication::log_in(call& by, log_in_form form)
{
    auto id = to_user_id(form.username);
    if (!id || !plausible(form.password.reveal()))
        co_return fail(errc::invalid_format);
    auto user = co_await users_.get(*id);
    if (!user)
        co_return fail(std::move(user.error()));
    auto verifying = *user ? hashing_.verify(form.password.reveal(), (*user)->password_hash)
                           : hashing_.verify_nobody(form.password.reveal());
    auto right = co_await std::move(verifying);
    if (!right)
        co_return fail(std::move(right.error()));
    if (!*right)
        co_return fail(errc::incorrect_credentials);

    const auto now = from_.environment.now();
    const auto until = (now + access_token_life).time_since_epoch().count();
    bool already = false;
    const auto open = [&](std::optional<user_credentials> present, const moment&) {
        return open_session(std::move(present), (*user)->password_hash, now.time_since_epoch().count(), until, already);
    };
    auto stored = co_await users_.update(by, std::move(*id), open);
    if (!stored)
        co_return fail(std::move(stored.error()));
    co_return reply_with(tokens_.access(**stored, is_administrator(**stored), now), already);
}

task<result<nothing>> authentication::log_out(call& by)
{
    const auto end = [&by](std::optional<user_credentials> user, const moment&) {
        return end_sessions(std::move(user), by.caller().generation);
    };
    auto stored = co_await users_.update(by, by.user_id(), end);
    if (!stored)
        co_return fail(std::move(stored.error()));
    co_return nothing{};
}

} // namespace edm::authentication
