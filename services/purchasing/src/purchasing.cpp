#include "purchasing.hpp"

#include "errors.hpp"

#include <edm/contracts/recipes.hpp>
#include <edm/purchasing/purchasing.hpp>
#include <edm/security/webhook.hpp>

#include <string>
#include <utility>
#include <vector>

namespace edm {

std::unique_ptr<service> make_purchasing(const resources& from)
{
    return std::make_unique<purchasing::purchasing>(from);
}

namespace purchasing {

namespace {

/// Days of asking, at the platform's longest pause: an attempt left `calling` may have been charged.
constexpr int most_calls = 2000;

std::optional<std::string> url_problem(const std::string& url)
{
    if (url.starts_with("http://") || url.starts_with("https://"))
        return {};
    return "write a URL that starts with http:// or https://";
}

offer to_offer(const contracts::recipe_published& event)
{
    return {.price = {event.price}, .for_sale = event.for_sale};
}

} // namespace

purchasing::purchasing(const resources& from)
    : from_(from), api_key_{{.name = "PAYMENT_PROVIDER_API_KEY",
                             .documentation = "The key by which the payment provider knows the shop, 64 characters.",
                             .generated = config::secret_kind::api_key,
                             .secret = true,
                             .min = 64,
                             .max = 64}},
      provider_url_{{.name = "EDM_PAYMENT_PROVIDER_URL",
                     .documentation = "The URL of the payment provider; not set, the simulator under EDM_PUBLIC_URL.",
                     .optional = true,
                     .validate = url_problem}},
      webhook_secret_{
          {.name = "EDM_WEBHOOK_SECRET",
           .documentation = "The secret that signs the payment provider's webhooks (Standard Webhooks 1.0).",
           .generated = config::secret_kind::webhook_secret,
           .secret = true,
           .validate = security::webhook_secret_problem}}
{
}

std::string_view purchasing::description() const
{
    return "Buying recipes: payments, and what the payment provider says of them.";
}

void purchasing::declare(registry& r)
{
    r.setting(api_key_);
    r.setting(provider_url_);
    r.setting(webhook_secret_);

    r.database(payments_, "payment")
        .describe("Attempts to buy, one document per user and recipe.")
        .index("to-refund", [](const payment& p) { return has_refunds(p) ? "yes" : "no"; });
    r.database(offers_, "for-sale").describe("Prices of recipes, and whether they are for sale, by recipe id.");

    declare_endpoints(r);

    r.publishes<contracts::recipe_purchase_requested>().from(payments_, present_request);
    r.publishes<contracts::purchase_status_changed>().from(payments_, present_status);
    r.project<contracts::recipe_published>("purchasing.for-sale", offers_, to_offer);
    r.due(payments_, std::string{provider_call::kind}, *this, &purchasing::call_provider_again, most_calls);
}

void purchasing::declare_endpoints(registry& r)
{
    r.post("/buy-recipe/{recipe_id}", *this, &purchasing::buy)
        .authenticated()
        .publishes()
        .header("Idempotency-Key")
        .created("api_recipe_purchase_requested", "The purchase is requested; the payment's status follows.")
        .fails(errc::payment_refused, errc::recipe_not_found, errc::already_requested, errc::already_purchased,
               errc::price_changed, errc::in_progress, errc::key_reused, errc::too_many_attempts, errc::provider_away,
               errc::outcome_unknown)
        .describe(
            "Buy a recipe",
            "`encr_info` is the card as the payment provider's form encrypts it; the shop never sees a card. A recipe "
            "can be bought once, and again only after a payment that was refused, cancelled or failed.\n\n"
            "With an `Idempotency-Key` the request can be repeated safely: the same key and body give the same answer, "
            "409 with `Retry-After` while the first one is being worked on, and 422 with another body. After a 500 it "
            "is not known yet whether the provider accepted: the shop goes on asking, and the purchase shows up as "
            "requested, or the recipe can be bought again.");
    r.post("/payment-webhook/{checkout_id}", *this, &purchasing::take_webhook)
        .signed_by([this] { return std::vector<std::string>{*webhook_secret_}; })
        .publishes()
        .accepted("api_payment_webhook_notified", "The payment's status was taken.")
        .fails(errc::checkout_not_found)
        .describe(
            "Tell a payment's status",
            "For the payment provider, signed as Standard Webhooks 1.0. The first final status of a checkout stands; "
            "repeats change nothing, and a different later one is kept as a payment to refund.");
    r.get("/payments-to-refund", *this, &purchasing::list_refunds)
        .administrator()
        .no_store()
        .ok("api_payments_to_refund_retrieved", "The payments to refund.")
        .describe("List payments to refund",
                  "For the administrator: attempts that were cancelled or failed, so that the buyer got nothing for "
                  "them, and were paid afterwards. Purchases in the order of their ids, after `after`, `limit` (1 to "
                  "500, default 100) at most.");
}

} // namespace purchasing

} // namespace edm
