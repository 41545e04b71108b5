#pragma once

#include <edm/core/environment.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace edm::observability {

/// A place in a trace: W3C Trace Context, version 00. A value of 25 bytes; all zero means none.
struct trace_context
{
    std::array<std::uint8_t, 16> trace_id{};
    std::array<std::uint8_t, 8> span_id{};
    std::uint8_t flags = 0; ///< bit 0: sampled; the others are not passed on

    /// A new trace, sampled.
    static trace_context root(const random_source& random);
    /// Reads a `traceparent` header; nothing where it is malformed (then a new trace begins). A higher version is read
    /// as far as version 00 reaches (W3C Trace Context, 3.2.4).
    static std::optional<trace_context> parse(std::string_view traceparent) noexcept;
    /// The same trace, another span.
    trace_context child(const random_source& random) const;

    bool valid() const noexcept;
    /// `00-<trace id>-<span id>-<flags>`, 55 characters.
    std::string traceparent() const;
    /// The trace id as 32 hexadecimal digits.
    std::string trace_hex() const;
    std::string span_hex() const;

    bool operator==(const trace_context&) const = default;
};

} // namespace edm::observability
