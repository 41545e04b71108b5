#include "authentication.hpp"
#include "decisions.hpp"
#include "errors.hpp"
#include "mails.hpp"

namespace edm::authentication {

task<result<nothing>> authentication::change_password(call& by, change_password_request request)
{
    auto user = co_await users_.get(by.user_id());
    if (!user)
        co_return fail(std::move(user.error()));
    if (!*user)
        co_return fail(errors::invalid_token);
    const std::string old_hash = (*user)->password_hash;
    auto right = co_await hashing_.verify(request.old_password.reveal(), old_hash);
    if (!right)
        co_return fail(std::move(right.error()));
    if (!*right)
        co_return fail(errc::incorrect_old_password);
    auto new_hash = co_await hashing_.hash(request.new_password.reveal());
    if (!new_hash)
        co_return fail(std::move(new_hash.error()));
    const auto replace = [&](std::optional<user_credentials> present, const moment&) {
        return replace_password(std::move(present), by.caller().generation, old_hash, *new_hash);
    };
    auto stored = co_await users_.update(by, by.user_id(), replace);
    if (!stored)
        co_return fail(std::move(stored.error()));
    co_return nothing{};
}

task<result<nothing>> authentication::forgot_password(call& by, forgot_password_request request)
{
    auto user = co_await users_.get(request.id.value);
    if (!user)
        co_return fail(std::move(user.error()));
    if (!*user) // no document is made for an address that somebody typed
        co_return nothing{};
    auto stored = co_await users_.update(by, std::move(request.id.value),
                                         [](std::optional<user_credentials> present, const moment& at) {
                                             return request_reset(std::move(present), at);
                                         });
    if (!stored)
        co_return fail(std::move(stored.error()));
    co_return nothing{};
}

task<result<nothing>> authentication::reset_password(call& by, reset_password_request request)
{
    auto link = tokens_.read_reset(request.token.reveal(), from_.environment.now());
    if (!link)
        co_return fail(std::move(link.error()));
    auto user = co_await users_.get(link->user_id);
    if (!user)
        co_return fail(std::move(user.error()));
    if (!*user || (*user)->generation != link->generation) // spares the hash; what counts is decided below
        co_return fail(errc::invalid_reset_token);
    auto hash = co_await hashing_.hash(request.new_password.reveal());
    if (!hash)
        co_return fail(std::move(hash.error()));
    const auto reset = [&](std::optional<user_credentials> present, const moment&) {
        return edm::authentication::reset_password(std::move(present), link->generation, *hash);
    };
    auto stored = co_await users_.update(by, link->user_id, reset);
    if (!stored)
        co_return fail(std::move(stored.error()));
    co_return nothing{};
}

task<result<nothing>> authentication::send_reset_mail(call& by, due<reset_mail> work)
{
    auto user = co_await users_.get(work.document);
    if (!user)
        co_return fail(std::move(user.error()));
    if (!*user || (*user)->generation != work.payload.generation)
        co_return nothing{}; // what the link would be for has happened
    auto message = reset_mail_for(**user, tokens_.reset_link(**user, from_.environment.now()));
    message.message_id = mail_message_id(from_, "authentication", work.item);
    if (by.trace().valid())
        message.traceparent = by.trace().traceparent();
    auto sent = co_await from_.mail->send(std::move(message));
    if (!sent)
        co_return fail(errc::mail_not_sent, std::move(sent.error()));
    co_return nothing{};
}

} // namespace edm::authentication
