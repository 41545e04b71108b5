#pragma once

#include <edm/core/result.hpp>
#include <edm/service/endpoint.hpp>

#include <string_view>

// What people see who follow the link of a mail to reset their password.

namespace edm::authentication {

/// The form that takes a new password; `problem` tells what was wrong with the one before.
html new_password_page(std::string_view token, std::string_view problem = {});
/// The password is changed.
html password_reset_page();
/// The link, or the form with its token, did not do; whatever is wrong with a link, a new one is offered.
html reset_refused_page(const failure& why);
/// The page after a link was asked for: the same whether there is such an account or not.
html reset_link_page();
/// The page after an address that is none.
html no_address_page(std::string_view typed);

} // namespace edm::authentication
