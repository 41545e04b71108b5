#include <edm/security/password.hpp>

#include <edm/security/workers.hpp>

#include <sodium.h>

#include <array>

namespace edm::security {

namespace {

constexpr unsigned long long passes = 2;
constexpr std::size_t memory_bytes = 19 * 1024 * 1024;

/// What an unknown user's password is compared with: a hash of nothing anybody knows, of the same cost as a fresh one.
/// Written down, because making one costs every start 30 ms.
constexpr const char* nobodys_hash =
    "$argon2id$v=19$m=19456,t=2,p=1$QZ19RXtkiZZtGm8R24B+Cw$VFNZxS4OQ97m57iYtjN/nGgL3JevwHW5adBWtp0O3N4";

/// Wipes a password when it goes, with what its buffer held before.
class wiped
{
  public:
    explicit wiped(std::string& password) : password_(password) {}
    wiped(const wiped&) = delete;
    wiped& operator=(const wiped&) = delete;
    ~wiped()
    {
        password_.resize(password_.capacity());
        sodium_memzero(password_.data(), password_.size());
    }

  private:
    std::string& password_;
};

std::string hash_now(const std::string& password)
{
    std::array<char, crypto_pwhash_STRBYTES> out{};
    int failed = crypto_pwhash_str_alg(out.data(), password.data(), password.size(), passes, memory_bytes,
                                       crypto_pwhash_ALG_ARGON2ID13);
    return failed ? std::string{} : std::string{out.data()};
}

class argon2id_hasher final : public password_hasher
{
  public:
    argon2id_hasher(std::size_t threads, std::size_t queue_limit) : pool_(threads, queue_limit)
    {
        if (sodium_init() < 0)
            throw std::runtime_error("libsodium cannot be initialised");
        if (crypto_pwhash_str_needs_rehash(nobodys_hash, passes, memory_bytes) != 0)
            throw std::logic_error("the hash for unknown users does not cost what a user's does");
    }

    task<std::string> hash(std::string password) override
    {
        const wiped after{password};
        auto outcome = co_await pool_.run([&password] { return hash_now(password); });
        if (!outcome)
            throw hashing_overloaded{};
        if (outcome->empty())
            throw std::runtime_error("a password could not be hashed: out of memory");
        co_return std::move(*outcome);
    }

    task<bool> verify(std::string password, std::string hash) override
    {
        const wiped after{password};
        auto outcome = co_await pool_.run([&password, &hash] {
            return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
        });
        if (!outcome)
            throw hashing_overloaded{};
        co_return *outcome;
    }

    task<> verify_dummy(std::string password) override
    {
        const wiped after{password}; // a short text stays in the place that it was moved from
        co_await verify(std::move(password), nobodys_hash);
    }

  private:
    worker_pool pool_;
};

} // namespace

std::unique_ptr<password_hasher> make_argon2id_hasher(std::size_t threads, std::size_t queue_limit)
{
    return std::make_unique<argon2id_hasher>(threads, queue_limit);
}

} // namespace edm::security
