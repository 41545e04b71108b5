#pragma once

#include "card.hpp"

#include <edm/service/service.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edm::payment_provider {

struct payment_info
{
    text<1, 8192> encr_info; ///< Fernet token over the card's JSON
};
BOOST_DESCRIBE_STRUCT(payment_info, (), (encr_info))

/// Any JSON, documented as a `T`: it is only looked at once the caller is known, and its answer not kept already.
template <class T>
struct unchecked
{
    std::string json;
};

} // namespace edm::payment_provider

namespace edm::describing {

template <class T>
struct maker<payment_provider::unchecked<T>>
{
    static_assert(wraps_only<payment_provider::unchecked<T>, std::string>);
    static consteval type make() { return {.kind = kind::raw, .element = &type_of<T>}; }
};

} // namespace edm::describing

namespace edm::payment_provider {

struct create_checkout_request
{
    static constexpr std::string_view description = "`payment_encr_info` and `api_key` are required.";
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> examples{
        {{"payment_encr_info", R"({"encr_info":"gAAAAABn…"})"},
         {"api_key", "\"the shop's key, 64 characters\""},
         {"amount", "4.90"}}};

    text<1, 200> recipe_id;                      ///< path
    std::optional<text<1, 200>> idempotency_key; ///< header
    std::optional<unchecked<payment_info>> payment_encr_info;
    std::optional<unchecked<std::string>> api_key;
    std::optional<unchecked<money>> amount;
};
BOOST_DESCRIBE_STRUCT(create_checkout_request, (), (recipe_id, idempotency_key, payment_encr_info, api_key, amount))

/// What a checkout is asked with, once it is looked at.
struct checkout_terms
{
    payment_info payment_encr_info;
    std::optional<money> amount;
};
BOOST_DESCRIBE_STRUCT(checkout_terms, (), (payment_encr_info, amount))

struct create_checkout_reply
{
    std::string checkout_id;
};
BOOST_DESCRIBE_STRUCT(create_checkout_reply, (), (checkout_id))

struct encrypt_card_reply
{
    std::string encr_info;
};
BOOST_DESCRIBE_STRUCT(encrypt_card_reply, (), (encr_info))

struct list_checkouts_request
{
    std::optional<secret<0, 1024>> x_api_key; ///< header
    std::optional<text<0, 200>> after;
    std::optional<whole<1, 500>> limit;
};
BOOST_DESCRIBE_STRUCT(list_checkouts_request, (), (x_api_key, after, limit))

/// A line of the ledger.
struct listed_checkout
{
    std::string checkout_id;
    std::string recipe_id;
    bool accepted = false;
    std::optional<std::string> reason; ///< why it was refused, or why its payment failed
    std::optional<std::string> payment_id;
    std::optional<money> amount;
    std::int64_t payment_status = 0; ///< as it stands now: 0 pending, 1 paid (charged once), 2 cancelled, 3 failed
    bool notified = false;           ///< the shop acknowledged the final status
    time_point created_at;
};
BOOST_DESCRIBE_STRUCT(listed_checkout, (),
                      (checkout_id, recipe_id, accepted, reason, payment_id, amount, payment_status, notified,
                       created_at))

struct list_checkouts_reply
{
    std::vector<listed_checkout> checkouts;
    std::optional<std::string> next; ///< `after` of the next page; absent on the last
};
BOOST_DESCRIBE_STRUCT(list_checkouts_reply, (), (checkouts, next))

/// What the shop's webhook gets.
struct webhook_body
{
    std::string recipe_id;
    std::string payment_id;
    std::int64_t payment_status = 0;
};
BOOST_DESCRIBE_STRUCT(webhook_body, (), (recipe_id, payment_id, payment_status))

} // namespace edm::payment_provider
