#pragma once

#include "card.hpp"

#include <edm/service/service.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The hosted card form: a page of the provider's own, without script, that turns a card into the text a shop takes.

namespace edm::payment_provider {

/// What the form sends. Whoever fills it in reads pages, so nothing is required of it here.
struct card_form
{
    std::optional<std::string> card_holder_name;
    std::optional<secret<0, 200>> card_number;
    std::optional<std::string> expiration_month;
    std::optional<std::string> expiration_year;
    std::optional<secret<0, 200>> cvv;
    std::optional<std::string> number_installments;
};
BOOST_DESCRIBE_STRUCT(card_form, (),
                      (card_holder_name, card_number, expiration_month, expiration_year, cvv, number_installments))

struct filled_card
{
    card value;
    std::vector<violation> violations; ///< none: `value` is complete
};
filled_card card_of(const card_form& form);

/// The form; below `problems`, which name fields and never show what is in them.
html card_form_page(const std::vector<violation>& problems = {});
/// The card, encrypted, for the shop.
html encrypted_card_page(std::string_view encr_info);

} // namespace edm::payment_provider
