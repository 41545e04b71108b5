#pragma once

#include <edm/core/time.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace edm {

/// Where time comes from. Thread-safe.
class clock
{
  public:
    virtual ~clock() = default;
    virtual time_point now() const = 0;
    static const clock& system();
};

/// Where randomness comes from. Thread-safe.
class random_source
{
  public:
    virtual ~random_source() = default;
    virtual void fill(std::span<std::uint8_t> out) const = 0;
    std::uint64_t number() const;
    /// A number in [0, bound); 0 for bound 0.
    std::uint64_t below(std::uint64_t bound) const;
    /// `bytes` random bytes as lower-case hexadecimal.
    std::string hex(std::size_t bytes) const;
    /// The kernel's generator (`getrandom`).
    static const random_source& system();
};

/// UUIDv7 (RFC 9562): time-ordered, lower case.
std::string uuid_v7(time_point when, const random_source& random);
/// UUIDv5 (RFC 9562): SHA-1 of a namespace UUID and a name, lower case.
std::string uuid_v5(std::string_view namespace_uuid, std::string_view name);

/// Time and randomness, injected everywhere: nothing in the project asks the system itself.
struct environment
{
    const edm::clock* clock = &edm::clock::system();
    const random_source* random = &random_source::system();

    time_point now() const { return clock->now(); }
    std::string id() const { return uuid_v7(now(), *random); }
};

/// What a pure function may know of its surroundings: one instant, and a source of ids for it.
struct moment
{
    time_point now;
    const random_source* random;

    std::string id() const { return uuid_v7(now, *random); }
};

} // namespace edm
