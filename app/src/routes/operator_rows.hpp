#pragma once

#include <edm/delivery/delivery.hpp>
#include <edm/describe/describe.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace edm {

BOOST_DESCRIBE_STRUCT(audit_row, (), (subscription, topic, keys, behind, lost, parked, dead))
BOOST_DESCRIBE_STRUCT(exhausted_work, (), (service, database, document, item, kind, attempts, reason))

} // namespace edm

/// What the operator's routes answer, and the commands read.
namespace edm::app {

struct letter_row
{
    std::string subscription, topic, key, sequence;
    bool baseline = false;
    std::int64_t attempts = 0;
    time_point parked_at;
    std::string reason;
    std::int64_t waiting = 0; ///< later events of the same key that wait behind it
    raw_json event;
};
BOOST_DESCRIBE_STRUCT(letter_row, (),
                      (subscription, topic, key, sequence, baseline, attempts, parked_at, reason, waiting, event))

struct letters
{
    std::vector<letter_row> dead_letters;
    std::vector<exhausted_work> exhausted;
};
BOOST_DESCRIBE_STRUCT(letters, (), (dead_letters, exhausted))

struct subscription_row
{
    std::string service, name, topic, database;
    bool declared = false; ///< false: stored by an earlier version of the program alone
    bool runs_here = false;
    std::uint64_t keys = 0, behind = 0, lost = 0, parked = 0, dead = 0;

    void count(const audit_row& row)
    {
        keys = row.keys;
        behind = row.behind;
        lost = row.lost;
        parked = row.parked;
        dead = row.dead;
    }
};
BOOST_DESCRIBE_STRUCT(subscription_row, (),
                      (service, name, topic, database, declared, runs_here, keys, behind, lost, parked, dead))

} // namespace edm::app
