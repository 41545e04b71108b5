#pragma once

#include "card.hpp"
#include "documents.hpp"
#include "timing.hpp"

#include <edm/service/service.hpp>

#include <expected>
#include <string>
#include <vector>

namespace edm::payment_provider {

/// What is asked of the provider, once the API key was right. The card is none where its token could not be read.
struct order
{
    std::string recipe_id;
    std::optional<minor_units> amount;
    std::expected<card, std::string> paid_with;
};

/// A webhook to send, and when.
struct planned_notice
{
    notice what;
    time_point at;
};

struct verdict
{
    checkout document;
    std::vector<planned_notice> notices; ///< none where it is refused
};

/// Decides on an order. Pure but for `random`, which picks the payment's id and its delay.
verdict judge(const order& o, const delay_range& delay, bool development, const moment& now);

/// The name of a webhook's due work; each try is an item of its own.
std::string item_of(const notice& n);
/// `webhook-id`: the same over all tries and copies of one status.
std::string webhook_id(const checkout& c, std::int64_t payment_status);

} // namespace edm::payment_provider
