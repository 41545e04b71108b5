#pragma once

#include <edm/core/task.hpp>

#include <memory>
#include <stdexcept>
#include <string>

namespace edm::security {

/// Too many passwords wait to be hashed.
struct hashing_overloaded : std::runtime_error
{
    hashing_overloaded() : std::runtime_error("too many passwords wait to be hashed") {}
};

/// Hashes passwords away from I/O threads. Throws hashing_overloaded where too many wait. A password is wiped from
/// memory whatever becomes of it. Thread-safe.
class password_hasher
{
  public:
    virtual ~password_hasher() = default;
    virtual task<std::string> hash(std::string password) = 0;
    virtual task<bool> verify(std::string password, std::string hash) = 0;
    /// Takes as long as a verification that fails: for users that do not exist.
    virtual task<> verify_dummy(std::string password) = 0;
};

/// Argon2id (RFC 9106) by libsodium at 19 MiB, t = 2, on `threads` threads with at most `queue_limit` waiting.
std::unique_ptr<password_hasher> make_argon2id_hasher(std::size_t threads, std::size_t queue_limit);

} // namespace edm::security
