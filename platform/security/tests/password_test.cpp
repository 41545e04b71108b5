#include <edm/security/password.hpp>

#include <gtest/gtest.h>

#include <future>
#include <optional>

namespace {

using namespace edm;

template <class T>
task<> fulfil(task<T> work, std::promise<T>& to)
{
    try {
        to.set_value(co_await std::move(work));
    } catch (...) {
        to.set_exception(std::current_exception());
    }
}

template <class T>
T run(task<T> work)
{
    std::promise<T> to;
    auto done = to.get_future();
    spawn(fulfil(std::move(work), to));
    return done.get();
}

TEST(Argon2id, VerifiesItsOwnHashesAlone)
{
    auto hasher = security::make_argon2id_hasher(1, 8);
    auto hash = run(hasher->hash("correct horse"));
    EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    EXPECT_NE(hash, run(hasher->hash("correct horse")));
    EXPECT_TRUE(run(hasher->verify("correct horse", hash)));
    EXPECT_FALSE(run(hasher->verify("correct hors", hash)));
    EXPECT_FALSE(run(hasher->verify("correct horse", "not a hash")));
}

TEST(Argon2id, RefusesMoreThanItsQueueTakes)
{
    auto hasher = security::make_argon2id_hasher(1, 0);
    EXPECT_THROW(run(hasher->hash("any")), security::hashing_overloaded);
}

} // namespace
