#pragma once

#include <cstdint>
#include <string_view>

namespace edm::payment_provider {

/// What becomes of a payment with a card.
struct outcome
{
    std::int64_t final_status;
    std::string_view reason;      ///< of a refusal or a failure
    bool refused_at_once = false; ///< no checkout: 400
    bool late = false;            ///< a pending webhook first, the final one afterwards
    bool sent_twice = false;
    bool lost_once = false; ///< the first webhook never leaves
};

/// The outcome that a test card chooses; a card that is none is paid.
const outcome& outcome_of(std::string_view digits);

} // namespace edm::payment_provider
