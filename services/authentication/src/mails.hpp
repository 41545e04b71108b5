#pragma once

#include "documents.hpp"

#include <edm/service/resources.hpp>

#include <string_view>

namespace edm::authentication {

/// The mail that lets a user choose a new password by following `link`, as text and as HTML.
mail reset_mail_for(const user_credentials& user, std::string_view link);

} // namespace edm::authentication
