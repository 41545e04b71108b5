#pragma once

#include <edm/service/service.hpp>

#include <memory>

namespace edm {

/// The service that owns the recipes and who may read them. `from` must outlive it.
std::unique_ptr<service> make_recipes(const resources& from);

} // namespace edm
