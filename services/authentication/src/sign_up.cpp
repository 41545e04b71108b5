#include "authentication.hpp"
#include "decisions.hpp"
#include "errors.hpp"

#include <edm/service/invalid_request.hpp>

namespace edm::authentication {

namespace {

std::optional<std::string> text_of(auto& field)
{
    if (!field)
        return {};
    return std::move(field->value);
}

} // namespace

task<result<sign_up_reply>> authentication::sign_up(call& by, sign_up_request request)
{
    if (request.credentials.id != request.user_info.id)
        co_return invalid_request({{.loc = {"body", "user_info", "id"},
                                    .msg = "Value error, the ids of credentials and user_info should be the same",
                                    .type = "value_error"}});
    new_account account{.id = std::move(request.credentials.id.value),
                        .name = std::move(request.user_info.name.value),
                        .phone_number = text_of(request.user_info.phone_number),
                        .address = text_of(request.user_info.address)};
    auto present = co_await users_.get(account.id);
    if (!present)
        co_return fail(std::move(present.error()));
    if (*present && (*present)->confirmed) // spares the hash; what counts is decided below
        co_return fail(errc::already_signed_up);
    auto hash = co_await hashing_.hash(request.credentials.password.reveal());
    if (!hash)
        co_return fail(std::move(hash.error()));
    account.password_hash = std::move(*hash);
    auto stored =
        co_await users_.update(by, account.id, [&account](std::optional<user_credentials> user, const moment&) {
            return sign_up_over(std::move(user), account);
        });
    if (!stored)
        co_return fail(std::move(stored.error()));
    co_return sign_up_reply{std::move(account.id)};
}

} // namespace edm::authentication
