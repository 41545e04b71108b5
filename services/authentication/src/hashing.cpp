#include "hashing.hpp"

#include <edm/security/password.hpp>

namespace edm::authentication {

namespace {

std::unexpected<failure> come_again()
{
    return fail(failure{errors::overloaded}.retry_after(1));
}

} // namespace

task<result<std::string>> hashing::hash(std::string password) const
{
    try {
        co_return co_await from_.hasher->hash(std::move(password));
    } catch (const security::hashing_overloaded&) {
        co_return come_again();
    }
}

task<result<bool>> hashing::verify(std::string password, std::string hash) const
{
    try {
        co_return co_await from_.hasher->verify(std::move(password), std::move(hash));
    } catch (const security::hashing_overloaded&) {
        co_return come_again();
    }
}

task<result<bool>> hashing::verify_nobody(std::string password) const
{
    try {
        co_await from_.hasher->verify_dummy(std::move(password));
        co_return false;
    } catch (const security::hashing_overloaded&) {
        co_return come_again();
    }
}

} // namespace edm::authentication
