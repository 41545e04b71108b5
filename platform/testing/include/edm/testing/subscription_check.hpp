#pragma once

#include <edm/delivery/declarations.hpp>

#include <functional>
#include <string>
#include <vector>

namespace edm::testing {

/// An event as a publisher would send it; its sequence is its place among the events of its key.
struct sample_event
{
    std::string key;
    std::string data; ///< JSON of the topic's struct
};

/// A document of the subscriber's service that is there before.
struct sample_document
{
    db_id db = 0;
    std::string id;
    std::string value;
    std::vector<index_value> index{};
};

struct subscription_sample
{
    std::string subscription;
    std::vector<sample_event> events;
    std::vector<sample_document> documents{};
    /// What of a document's value, or of an event's data, two histories must agree on: a value that tells when it was
    /// written leaves that out. Unset: all of it.
    std::function<std::string(std::string json)> compared{};
};

/// The generic test of a subscription: its events delivered once in order, then twice, out of order, much later, and to
/// a process that dies after each of its writes (with what was unsettled, and with everything, delivered again). Every
/// history must leave the same documents and publish the same events, each once, do the same due work, and leave
/// nothing parked. Returns what is wrong, one text each; nothing: the subscription is sound. Touches no disk; moves no
/// real time.
std::vector<std::string> check_subscription(const declarations& declared, const subscription_sample& sample);

} // namespace edm::testing
