#pragma once

#include "documents.hpp"

#include <edm/service/resources.hpp>

#include <string>
#include <string_view>

namespace edm::email_confirmation {

/// The mail that asks a user to follow `link`, as text and as HTML.
mail confirmation_mail_for(const confirmation& user, std::string_view link);

} // namespace edm::email_confirmation
