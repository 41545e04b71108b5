#pragma once

#include <edm/service/service.hpp>

#include <memory>

namespace edm {

/// The service that proves e-mail addresses. `from` must outlive it.
std::unique_ptr<service> make_email_confirmation(const resources& from);

} // namespace edm
