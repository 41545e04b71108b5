#include <edm/security/password.hpp>

#include <gtest/gtest.h>

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <future>
#include <new>
#include <optional>

namespace {

constexpr char marker[] = "the-quick-brown-fox-is-my-pass-phrase-of-today";
std::atomic<int> freed_with_marker{0};
std::atomic<bool> looking{false};

} // namespace

// Every freed block is looked at, so that a test sees what a password leaves behind. ThreadSanitizer has the only
// operators of its build; there the test is left out.
#if __has_feature(thread_sanitizer)
constexpr bool sees_freed_blocks = false;
#else
constexpr bool sees_freed_blocks = true;

void* operator new(std::size_t size)
{
    if (void* at = std::malloc(size == 0 ? 1 : size))
        return at;
    throw std::bad_alloc{};
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept
{
    return std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* at) noexcept
{
    if (at && looking.load() && ::memmem(at, ::malloc_usable_size(at), marker + 4, sizeof marker - 5))
        freed_with_marker.fetch_add(1);
    std::free(at);
}
void operator delete(void* at, std::size_t) noexcept
{
    operator delete(at);
}
#endif

namespace {

using namespace edm;

template <class T>
task<> fulfil(task<T> work, std::promise<T>& to)
{
    try {
        if constexpr (std::is_void_v<T>) {
            co_await std::move(work);
            to.set_value();
        } else {
            to.set_value(co_await std::move(work));
        }
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
    EXPECT_THROW(run(hasher->verify("any", "hash")), security::hashing_overloaded);
    EXPECT_THROW(run(hasher->verify_dummy("any")), security::hashing_overloaded);
}

class Wiping : public testing::TestWithParam<std::size_t>
{
  protected:
    void SetUp() override
    {
        if (!sees_freed_blocks)
            GTEST_SKIP() << "freed blocks cannot be seen in this build";
        freed_with_marker = 0;
        looking = true;
    }
    void TearDown() override { looking = false; }
};

TEST_P(Wiping, APasswordIsWipedWhateverBecomesOfIt)
{
    auto hasher = security::make_argon2id_hasher(1, GetParam());
    auto attempt = [&](auto work) {
        try {
            (void)run(std::move(work));
        } catch (const security::hashing_overloaded&) {
            EXPECT_EQ(GetParam(), 0u);
        }
    };
    attempt(hasher->hash(marker));
    EXPECT_EQ(freed_with_marker, 0);
    attempt(hasher->verify(marker, "$argon2id$v=19$m=19456,t=2,p=1$bm8$bm8"));
    EXPECT_EQ(freed_with_marker, 0);
    try {
        run(hasher->verify_dummy(marker));
    } catch (const security::hashing_overloaded&) {
    }
    EXPECT_EQ(freed_with_marker, 0);
}

INSTANTIATE_TEST_SUITE_P(Queue, Wiping, testing::Values(0u, 8u),
                         [](const auto& i) { return i.param == 0 ? "full" : "free"; });

TEST(WipingItself, WouldSeeAPassword)
{
    if (!sees_freed_blocks)
        GTEST_SKIP() << "freed blocks cannot be seen in this build";
    looking = true;
    freed_with_marker = 0;
    std::string{marker}.swap(*std::make_unique<std::string>());
    looking = false;
    EXPECT_GT(freed_with_marker, 0);
}

} // namespace
