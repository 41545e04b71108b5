#pragma once

#include <edm/service/service.hpp>

#include <memory>

namespace edm {

/// The service that tells users what became of their purchases. `with` outlives it.
std::unique_ptr<service> make_notifications(const resources& with);

} // namespace edm
