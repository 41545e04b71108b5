#pragma once

#include <edm/service/service.hpp>

#include <memory>

namespace edm {

/// The service that buys: it owns the payments and speaks with the payment provider. `from` must outlive it.
std::unique_ptr<service> make_purchasing(const resources& from);

} // namespace edm
