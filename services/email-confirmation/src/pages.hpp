#pragma once

#include <edm/core/result.hpp>
#include <edm/service/endpoint.hpp>

#include <string_view>

namespace edm::email_confirmation {

/// The page of a link that confirmed an address.
html confirmed_page(std::string_view user_id);
/// The page of a link that did not; one that expired offers a new link.
html refused_page(const failure& why);
/// The page after a new link was asked for: the same whether there is such a sign-up or not.
html new_link_page();
/// The page after an address that is none.
html no_address_page(std::string_view typed);

} // namespace edm::email_confirmation
