#pragma once

#include <edm/describe/describe.hpp>
#include <edm/store/store.hpp>

/// How engines write what the platform keeps around a value.
namespace edm {

BOOST_DESCRIBE_STRUCT(due_item, (), (id, kind, at, lease_until, attempts, payload, traceparent, reason))
BOOST_DESCRIBE_STRUCT(topic_counter, (), (topic, epoch, counter))
BOOST_DESCRIBE_STRUCT(envelope, (), (schema, counters, due, commit_id))

} // namespace edm
