#pragma once

#include "attempt.hpp"
#include "binding.hpp"
#include "deadlines.hpp"
#include "edm_after.hpp"
#include "token_cache.hpp"
#include "user_streams.hpp"

#include <edm/gateway/router.hpp>
#include <edm/web/admission.hpp>

#include <map>
#include <optional>

namespace edm::gateway {

struct router::route
{
    const edm::endpoint* endpoint = nullptr; ///< or:
    std::optional<platform_route> platform;
    std::string method;
    std::string path;
    std::vector<std::string> segments; ///< of a template; `{}` for a field
    bool here = true;
    std::shared_ptr<web::admission> places;   ///< of the service
    std::shared_ptr<web::admission> waiters;  ///< those that `Edm-After` holds up, without a place
    observability::counter* answered[6] = {}; ///< by the status' first digit
    observability::histogram* seconds = nullptr;
};

struct router::state
{
    state(milliseconds request_limit, std::size_t streams_per_user)
        : streams(streams_per_user), deadlines(request_limit)
    {
    }

    token_cache tokens;
    user_streams streams;
    gateway::deadlines deadlines;
    gateway::abandoned_work abandoned;
    std::map<std::string, std::shared_ptr<web::admission>, std::less<>> places, waiters; ///< by service
    observability::counter* abandoned_count = nullptr;
};

/// All that the work on a request needs: it may outlive the request, whose views it does not hold.
struct router::work
{
    const route* to;
    std::shared_ptr<edm::call> call;
    std::optional<verified_token> token; ///< of a route that needs one, unless the operator calls
    bound_request request;
    std::vector<after_entry> after;
    web::place held; ///< none: the control socket needs no place
    bool needs_place;
    executor* home;
};

/// The token of a request, verified; nothing more than its own word. The control socket is the operator's.
result<verified_token> token_of(const web::request& r, token_cache& known, const resources& by);
/// A 401 with its challenge (RFC 6750), or another failure.
web::response unauthorized(const failure& why, bool token_given);

} // namespace edm::gateway
