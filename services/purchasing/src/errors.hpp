#pragma once

#include <edm/core/result.hpp>

namespace edm::purchasing::errc {

inline constexpr error_kind recipe_not_found{404, "api_recipe_not_found", "There is no such recipe for sale."};
inline constexpr error_kind already_requested{409, "api_recipe_already_requested",
                                              "You are buying this recipe already; its payment is on the way."};
inline constexpr error_kind already_purchased{409, "api_recipe_already_purchased",
                                              "You have bought this recipe already."};
inline constexpr error_kind price_changed{409, "price_changed",
                                          "The recipe has another price now; nothing was bought."};
inline constexpr error_kind in_progress{409, "api_recipe_purchase_in_progress",
                                        "The request with this Idempotency-Key is still being worked on."};
inline constexpr error_kind key_reused{422, "idempotency_key_reused",
                                       "This Idempotency-Key was used with another request body."};
inline constexpr error_kind payment_refused{400, "api_payment_refused",
                                            "The payment provider refused the payment; nothing was bought."};
inline constexpr error_kind provider_away{
    503, "payment_provider_away", "The payment provider cannot be reached; nothing was bought; try again later."};
inline constexpr error_kind outcome_unknown{
    500, "purchase_outcome_unknown",
    "It is not known yet whether the payment provider accepted; we keep asking, and "
    "nothing is charged twice."};
inline constexpr error_kind too_many_attempts{429, "too_many_attempts",
                                              "There were too many attempts to buy this recipe."};
inline constexpr error_kind checkout_not_found{404, "update_payment_status_checkout_not_found",
                                               "There is no such checkout."};
/// Never answered: makes the platform ask the provider again.
inline constexpr error_kind no_verdict{503, "payment_provider_gave_no_verdict",
                                       "The payment provider gave no verdict."};

} // namespace edm::purchasing::errc
