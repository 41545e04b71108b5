#include "authentication.hpp"
#include "decisions.hpp"

#include <stdexcept>

namespace edm::authentication {

namespace {

/// Verifying a password takes long, and the process is to be ready first: due work.
users_change check_later(const moment& at)
{
    auto decided = change<user_credentials>::keep();
    decided.later(std::string{administrator_check::item}, administrator_check::kind, administrator_check{"start"},
                  at.now);
    return decided;
}

} // namespace

task<> authentication::start()
{
    call by;
    const std::string id = to_user_id(*administrator_id_).value();
    auto user = co_await users_.get(id);
    if (!user)
        throw std::runtime_error("the administrator's account cannot be read: " + std::string{user.error().text()});
    const bool absent = !*user;
    std::string hash;
    if (absent) {
        auto hashed = co_await hashing_.hash(*administrator_password_);
        if (!hashed)
            throw std::runtime_error("the administrator's password cannot be hashed: too much is waiting");
        hash = std::move(*hashed);
    }
    const auto decide = [&](std::optional<user_credentials> present, const moment& at) {
        return absent ? create_administrator(std::move(present), id, hash) : check_later(at);
    };
    auto stored = co_await users_.update(by, id, decide);
    if (!stored)
        throw std::runtime_error("the administrator's account cannot be written: " +
                                 std::string{stored.error().text()});
}

task<result<nothing>> authentication::check_administrator(call& by, due<administrator_check> work)
{
    if (work.document != to_user_id(*administrator_id_))
        co_return nothing{}; // another one was configured since
    auto user = co_await users_.get(work.document);
    if (!user)
        co_return fail(std::move(user.error()));
    if (!*user)
        co_return nothing{};
    const user_credentials seen = std::move(**user);
    auto right = co_await hashing_.verify(*administrator_password_, seen.password_hash);
    if (!right)
        co_return fail(std::move(right.error()));
    if (*right && seen.administrator && seen.confirmed)
        co_return nothing{};
    auto hash = co_await hashing_.hash(*administrator_password_);
    if (!hash)
        co_return fail(std::move(hash.error()));
    const auto restore = [&](std::optional<user_credentials> present, const moment&) {
        return restore_administrator(std::move(present), seen, *hash);
    };
    auto stored = co_await users_.update(by, work.document, restore);
    if (!stored)
        co_return fail(std::move(stored.error()));
    co_return nothing{};
}

} // namespace edm::authentication
