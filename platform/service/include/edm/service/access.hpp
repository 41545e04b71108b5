#pragma once

#include <edm/describe/describe.hpp>

#include <cstdint>
#include <string>

namespace edm {

/// Published (key: user id) by the service that owns the users whenever what a token may do changes: logout, password
/// change, disabling. Every service with authenticated routes keeps the latest one per user; a token of a lower
/// generation, or of a disabled user, is refused.
struct access_changed
{
    static constexpr std::string_view topic = "access-changed";
    std::string user_id;
    std::int64_t generation = 0;
    bool enabled = true;
};
BOOST_DESCRIBE_STRUCT(access_changed, (), (user_id, generation, enabled))

} // namespace edm
