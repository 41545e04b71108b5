#pragma once

#include <edm/core/result.hpp>

namespace edm::notifications {

// This service has no failures of its own: a stream either runs or ends, and the platform answers for tokens.

} // namespace edm::notifications
