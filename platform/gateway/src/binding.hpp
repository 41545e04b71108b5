#pragma once

#include <edm/describe/describe.hpp>
#include <edm/service/endpoint.hpp>
#include <edm/web/http.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace edm::gateway {

/// The endpoint's request struct, filled from path, headers, query and body; or what is wrong with them: every
/// violation at once (422), or a failure of another kind (an upload that is no form).
struct bound_request
{
    std::shared_ptr<void> value;
    std::vector<violation> violations;
};
bound_request bind_request(const endpoint& e, const web::request& r, const std::vector<std::string>& path_values);

} // namespace edm::gateway
