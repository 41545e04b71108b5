#pragma once

#include <edm/service/service.hpp>

#include <memory>

namespace edm {

/// The service that owns the users and their sessions. `from` must outlive it.
std::unique_ptr<service> make_authentication(const resources& from);

} // namespace edm
