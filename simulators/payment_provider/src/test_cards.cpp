#include "test_cards.hpp"

#include "documents.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace edm::payment_provider {

namespace {

constexpr outcome pays{.final_status = status::paid, .reason = {}};

// The first six are those of well-known providers; the others are ours.
constexpr std::array<std::pair<std::string_view, outcome>, 11> cards{{
    {"4242424242424242", pays},
    {"4000000000000002", {.final_status = status::failed, .reason = "The card was declined."}},
    {"4000000000009995", {.final_status = status::failed, .reason = "The card has insufficient funds."}},
    {"4000000000000069", {.final_status = status::failed, .reason = "The card is expired, says its bank."}},
    {"4000000000000127", {.final_status = status::failed, .reason = "The card's security code is wrong."}},
    {"4000000000000119", {.final_status = status::failed, .reason = "The payment could not be processed."}},
    {"4000000000001000", {.final_status = status::paid, .reason = {}, .late = true}},
    {"4000000000002008", {.final_status = status::paid, .reason = {}, .sent_twice = true}},
    {"4000000000003006", {.final_status = status::paid, .reason = {}, .lost_once = true}},
    {"4000000000004004",
     {.final_status = status::failed, .reason = "The provider does not take this card.", .refused_at_once = true}},
    {"4000000000005001", {.final_status = status::cancelled, .reason = "The payment was cancelled."}},
}};

} // namespace

const outcome& outcome_of(std::string_view digits)
{
    const auto* found = std::find_if(cards.begin(), cards.end(), [&](const auto& c) { return c.first == digits; });
    return found == cards.end() ? pays : found->second;
}

} // namespace edm::payment_provider
