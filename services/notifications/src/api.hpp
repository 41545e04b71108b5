#pragma once

#include <edm/service/service.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace edm::notifications {

struct follow_request
{
    std::optional<std::string> last_event_id; ///< header: where the reader's list ends
};
BOOST_DESCRIBE_STRUCT(follow_request, (), (last_event_id))

struct requested_data
{
    std::string user_name;
    std::string recipe_id;
    std::string recipe_name;
    std::int64_t attempt = 0;
};
BOOST_DESCRIBE_STRUCT(requested_data, (), (user_name, recipe_id, recipe_name, attempt))

/// `data:` of an entry that says that an attempt was requested.
struct requested_message
{
    std::string event_name;
    std::string user_id;
    requested_data data;
};
BOOST_DESCRIBE_STRUCT(requested_message, (), (event_name, user_id, data))

struct status_data
{
    std::string user_id;
    std::string recipe_id;
    std::int64_t attempt = 0;
    std::int64_t payment_status = 0;
    std::string when;
};
BOOST_DESCRIBE_STRUCT(status_data, (), (user_id, recipe_id, attempt, payment_status, when))

/// `data:` of an entry that tells an attempt's status.
struct status_message
{
    std::string event_name;
    std::string user_id;
    status_data data;
};
BOOST_DESCRIBE_STRUCT(status_message, (), (event_name, user_id, data))

} // namespace edm::notifications
