#pragma once

#include <edm/service/service.hpp>

#include <memory>

namespace edm {

/// The payment provider's simulator: an outside party that happens to have the shape of a service. `with` outlives it.
std::unique_ptr<service> make_payment_provider(const resources& with);

} // namespace edm
