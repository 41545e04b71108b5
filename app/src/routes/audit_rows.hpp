#pragma once

#include <edm/describe/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// One process's ends of the audit, as its routes answer them and `audited_place` reads them.
namespace edm::app {

struct audited_here
{
    std::vector<std::string> services; ///< that run in the process
};
BOOST_DESCRIBE_STRUCT(audited_here, (), (services))

struct audited_publisher
{
    std::int64_t epoch = 0;
    std::uint64_t unsent = 0;
};
BOOST_DESCRIBE_STRUCT(audited_publisher, (), (epoch, unsent))

struct audited_subscriber
{
    bool starting = false;
    std::optional<std::uint64_t> on_the_way;
};
BOOST_DESCRIBE_STRUCT(audited_subscriber, (), (starting, on_the_way))

/// A key with the sequence of its document, or of a mark.
struct audited_key_row
{
    std::string key, sequence;
};
BOOST_DESCRIBE_STRUCT(audited_key_row, (), (key, sequence))

struct audited_event_row
{
    std::string key, sequence;
    bool baseline = false, rebuild = false, dead = false;
};
BOOST_DESCRIBE_STRUCT(audited_event_row, (), (key, sequence, baseline, rebuild, dead))

} // namespace edm::app
