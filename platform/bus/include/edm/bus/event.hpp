#pragma once

#include <edm/core/time.hpp>

#include <compare>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace edm {

/// An event's place among those of its topic and key: the publisher's epoch, and the document's own counter (from 1).
/// As text it is `<epoch>.<counter>`, zero-padded (`%010u.%012u`), so that it sorts as a string. Frozen.
struct sequence
{
    std::uint32_t epoch = 0;
    std::uint64_t counter = 0;

    auto operator<=>(const sequence&) const = default;
    std::string text() const;
    static std::optional<sequence> parse(std::string_view text);
    /// Whether an event at `*this` is the one right after `mark`: the next counter, or the first of a later epoch.
    bool follows(sequence mark) const noexcept
    {
        return (epoch == mark.epoch && counter == mark.counter + 1) || (epoch > mark.epoch && counter == 1);
    }
};

/// A CloudEvents 1.0 event in structured JSON mode. `data` is JSON, empty in a baseline event that only sets the mark.
struct event
{
    std::string id;      ///< UUIDv7
    std::string source;  ///< `/edm/<service>/<topic>/<key>`, the key percent-encoded
    std::string type;    ///< `edm.<topic>.v1`
    std::string subject; ///< the key
    edm::sequence sequence;
    bool baseline = false;
    bool rebuild = false;    ///< a baseline that is to be applied at its mark too
    std::string time;        ///< RFC 3339
    std::string traceparent; ///< W3C Trace Context; empty: none
    std::string data;
};

/// The bytes that travel and that the log keeps.
std::string encode_event(const event& e);
/// Reads an event of any version that was ever written; unknown attributes are ignored. The error is one sentence.
std::expected<event, std::string> decode_event(std::string_view bytes);

/// An event as stores and buses carry it: what they route by, and bytes they never look into.
struct recorded_event
{
    std::string topic;
    std::string key;
    edm::sequence sequence;
    bool baseline = false;
    std::string bytes;
};
using event_ptr = std::shared_ptr<const recorded_event>;

} // namespace edm
