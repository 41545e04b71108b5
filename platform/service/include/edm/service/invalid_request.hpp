#pragma once

#include <edm/core/result.hpp>
#include <edm/describe/describe.hpp>

#include <utility>
#include <vector>

namespace edm {

namespace errors {
/// What an endpoint finds wrong with its request that the field types cannot say. Made by `invalid_request()`, and
/// answered like every other body that does not fit: 422 in FastAPI's shape.
inline constexpr error_kind invalid_request{422, "validation_error", "The request does not fit."};
} // namespace errors

/// The failure of a request that does not fit, with every violation: `co_return invalid_request(std::move(found));`
inline std::unexpected<failure> invalid_request(std::vector<violation> found)
{
    return fail(failure{errors::invalid_request}.with_data(violations_json(found)));
}

} // namespace edm
