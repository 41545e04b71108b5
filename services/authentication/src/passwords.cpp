#include "authentication.hpp"
#include "decisions.hpp"
#include "errors.hpp"
#include "mails.hpp"
#include "pages.hpp"

#include <edm/service/send_mail.hpp>

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
    return mail_link(by, std::move(request.id.value));
}

task<result<nothing>> authentication::reset_password(call& by, reset_password_request request)
{
    return reset(by, request.token.reveal(), request.new_password.reveal());
}

task<result<html>> authentication::open_reset_link(call&, reset_link_request request)
{
    const auto token = std::move(request.token).value_or(std::string{});
    const auto link = tokens_.read_reset(token, from_.environment.now());
    if (!link)
        co_return reset_refused_page(link.error());
    const auto user = co_await users_.get(link->user_id);
    if (!user)
        co_return reset_refused_page(user.error());
    if (!*user || (*user)->generation != link->generation)
        co_return reset_refused_page(failure{errc::invalid_reset_token});
    co_return new_password_page(token);
}

task<result<html>> authentication::submit_new_password(call& by, new_password_form form)
{
    const auto token = form.token ? form.token->reveal() : std::string{};
    const auto typed = form.new_password ? form.new_password->reveal() : std::string{};
    reset_password_request request;
    if (!assign(describe<reset_password_request>(), &request, "new_password", typed, "body").empty()) {
        const auto link = tokens_.read_reset(token, from_.environment.now());
        co_return link ? new_password_page(token, "The password should have 8 to 64 characters.")
                       : reset_refused_page(link.error());
    }
    const auto done = co_await reset(by, token, typed);
    if (!done)
        co_return reset_refused_page(done.error());
    co_return password_reset_page();
}

task<result<html>> authentication::ask_for_link(call& by, new_link_form form)
{
    const auto typed = std::move(form.id).value_or(std::string{});
    auto id = to_user_id(typed);
    if (!id)
        co_return no_address_page(typed);
    const auto asked = co_await mail_link(by, std::move(*id));
    if (!asked)
        co_return reset_refused_page(asked.error());
    co_return reset_link_page();
}

task<result<nothing>> authentication::reset(call& by, std::string token, std::string new_password)
{
    auto link = tokens_.read_reset(token, from_.environment.now());
    if (!link)
        co_return fail(std::move(link.error()));
    auto user = co_await users_.get(link->user_id);
    if (!user)
        co_return fail(std::move(user.error()));
    if (!*user || (*user)->generation != link->generation) // spares the hash; what counts is decided below
        co_return fail(errc::invalid_reset_token);
    auto hash = co_await hashing_.hash(std::move(new_password));
    if (!hash)
        co_return fail(std::move(hash.error()));
    const auto decide = [&](std::optional<user_credentials> present, const moment&) {
        return edm::authentication::reset_password(std::move(present), link->generation, *hash);
    };
    auto stored = co_await users_.update(by, link->user_id, decide);
    if (!stored)
        co_return fail(std::move(stored.error()));
    co_return nothing{};
}

task<result<nothing>> authentication::mail_link(call& by, std::string user_id)
{
    return update_or_stand_in(users_, nobody_, by, std::move(user_id), request_reset);
}

task<result<nothing>> authentication::send_reset_mail(call& by, due<reset_mail> work)
{
    auto user = co_await users_.get(work.document);
    if (!user)
        co_return fail(std::move(user.error()));
    if (!*user || (*user)->generation != work.payload.generation)
        co_return nothing{}; // what the link would be for has happened
    auto message = reset_mail_for(**user, tokens_.reset_link(**user, from_.environment.now()));
    co_return co_await send_mail(from_, by, "authentication", std::move(work.item), std::move(message));
}

} // namespace edm::authentication
