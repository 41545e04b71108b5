#include "payment_provider.hpp"

#include "crypto.hpp"
#include "errors.hpp"
#include "verdict.hpp"

#include <edm/payment_provider/payment_provider.hpp>
#include <edm/security/webhook.hpp>
#include <edm/service/invalid_request.hpp>

#include <utility>

namespace edm::payment_provider {

namespace {

constexpr std::int64_t default_page = 100;

std::optional<std::string> delay_problem(const std::string& text)
{
    if (parse_delay(text))
        return {};
    return "write a duration such as 0s, or a range such as 1s..5s, of a day at most";
}

std::expected<checkout_terms, std::vector<violation>> terms_of(const create_checkout_request& request)
{
    std::string json = "{";
    if (request.payment_encr_info)
        json += fmt::format("\"payment_encr_info\":{}", request.payment_encr_info->json);
    if (request.amount)
        json += fmt::format("{}\"amount\":{}", json.size() == 1 ? "" : ",", request.amount->json);
    return decode<checkout_terms>(json + "}");
}

result<create_checkout_reply> reply_with(const std::string& id, const checkout& verdict)
{
    if (!verdict.accepted)
        return fail(payment_info_error, verdict.reason.value_or(std::string{}));
    return create_checkout_reply{id};
}

constexpr std::string_view create_checkout_description =
    "For the shop. `encr_info` is a Fernet token over the card's JSON (`card_holder_name`, `card_number`, "
    "`expiration_month`, "
    "`expiration_year`, `cvv`, `number_installments`), as `POST /encrypt-card` makes it.\n\n"
    "The verdict is kept under the `Idempotency-Key` and repeated for it, whatever else the repetition says; that key "
    "is then the "
    "checkout's id. A card that is malformed, expired or fails its check digit is refused at once with 400. A payment "
    "that "
    "does not succeed is accepted, and its failure told by the webhook, which is signed (Standard Webhooks 1.0) and "
    "repeated "
    "until a 2xx.\n\n"
    "| test card | outcome |\n|---|---|\n"
    "| 4242 4242 4242 4242, or any valid card not listed here | paid |\n"
    "| 4000 0000 0000 0002 | failed: declined |\n"
    "| 4000 0000 0000 9995 | failed: insufficient funds |\n"
    "| 4000 0000 0000 0069 | failed: expired card |\n"
    "| 4000 0000 0000 0127 | failed: wrong security code |\n"
    "| 4000 0000 0000 0119 | failed: processing error |\n"
    "| 4000 0000 0000 5001 | cancelled |\n"
    "| 4000 0000 0000 1000 | pending first, paid 3 s after the longest delay |\n"
    "| 4000 0000 0000 2008 | paid, and the webhook is sent twice |\n"
    "| 4000 0000 0000 3006 | paid, and the first webhook is lost |\n"
    "| 4000 0000 0000 4004 | refused at once: 400 |\n\n"
    "Any month to come, any security code of three or four digits.";

} // namespace

payment_provider::payment_provider(const resources& with)
    : with_(with), api_key_{{.name = "PAYMENT_PROVIDER_API_KEY",
                             .documentation = "The key by which the payment provider knows the shop, 64 characters.",
                             .generated = config::secret_kind::api_key,
                             .secret = true,
                             .shared = true,
                             .min = 64,
                             .max = 64}},
      encryption_key_{{.name = "PAYMENT_PROVIDER_ENCRYPTION_KEY",
                       .documentation = "The payment provider's Fernet key for card data.",
                       .generated = config::secret_kind::fernet_key,
                       .secret = true,
                       .validate = key_problem}},
      delay_{{.name = "EDM_PAYMENT_DELAY",
              .documentation = "How long the simulated payment takes: a duration, or a range of which it picks.",
              .default_value = "1s..5s",
              .validate = delay_problem}},
      webhook_secret_{
          {.name = "EDM_WEBHOOK_SECRET",
           .documentation = "The secret that signs the payment provider's webhooks (Standard Webhooks 1.0).",
           .generated = config::secret_kind::webhook_secret,
           .secret = true,
           .shared = true,
           .validate = security::webhook_secret_problem}}
{
}

void payment_provider::declare(registry& r)
{
    r.setting(api_key_);
    r.setting(encryption_key_);
    r.setting(delay_);
    r.setting(webhook_secret_);

    r.database(checkouts_, "checkout").describe("The ledger: each checkout's verdict and how its payment ends.");
    r.due(checkouts_, "notify", *this, &payment_provider::notify);
    declare_endpoints(r);
    declare_card_form(r);
}

void payment_provider::declare_endpoints(registry& r)
{
    r.post("/create-checkout/{recipe_id}", *this, &payment_provider::create_checkout)
        .created("pprovider_checkout_received", "The checkout was received; the payment's status follows by webhook.")
        .header("Idempotency-Key")
        .fails(payment_info_error, api_key_error)
        .no_store()
        .describe("Ask for a payment", std::string{create_checkout_description});
    r.post("/encrypt-card", *this, &payment_provider::encrypt_card)
        .ok("pprovider_card_encrypted", "The card was encrypted.")
        .no_store()
        .describe(
            "Encrypt a card",
            "For the card form: what it returns goes to the shop as `encr_info`, so that the shop never sees the card. "
            "Only the form of the data is checked; the verdict on the card comes with the checkout.");
    r.get("/checkouts", *this, &payment_provider::list_checkouts)
        .ok("pprovider_checkouts_listed", "The ledger, a page of it.")
        .header("X-Api-Key")
        .fails(api_key_error)
        .no_store()
        .describe("Read the ledger",
                  "Checkouts in the order of their ids, refused ones included, after `after`, `limit` "
                  "(1 to 500, default 100) at most. An accepted checkout with `payment_status` 1 was charged once.");
}

void payment_provider::declare_card_form(registry& r)
{
    r.get("/card-form", *this, &payment_provider::show_card_form)
        .ok("pprovider_card_form")
        .no_store()
        .describe("The card form (page)", "A page that encrypts a card for the shop, without script.");
    r.post("/card-form", *this, &payment_provider::take_card_form)
        .form()
        .ok("pprovider_card_encrypted")
        .no_store()
        .describe("Encrypt a card (page)", "What the form of `GET /card-form` sends; answers with a page that shows "
                                           "what to give to the shop.");
}

bool payment_provider::right_key(std::string_view key) const
{
    return constant_time_equal(key, api_key_.value());
}

std::string payment_provider::sealed(const card& c) const
{
    return seal(encryption_key_.value(), card_json(c), with_.environment);
}

task<result<create_checkout_reply>> payment_provider::create_checkout(call& c, create_checkout_request request)
{
    const auto key = request.api_key ? decode<std::string>(request.api_key->json) : std::string{};
    if (!key || !right_key(*key))
        co_return fail(api_key_error);
    const bool keyed = request.idempotency_key.has_value();
    const auto id = keyed ? request.idempotency_key->value : with_.environment.id();
    if (keyed) { // the verdict is repeated whatever else this request says
        auto before = co_await checkouts_.get(id);
        if (!before)
            co_return fail(std::move(before.error()));
        if (*before)
            co_return reply_with(id, **before);
    }
    const auto terms = terms_of(request);
    if (!terms)
        co_return invalid_request(terms.error());
    order asked{.recipe_id = request.recipe_id,
                .amount = {},
                .paid_with =
                    unseal(encryption_key_.value(), terms->payment_encr_info.encr_info, with_.environment.now())};
    if (terms->amount)
        asked.amount = static_cast<minor_units>(*terms->amount);
    const auto delay = parse_delay(delay_.value()).value();

    const auto decide = [&](std::optional<checkout> before, const moment& now) -> result<change<checkout>> {
        if (before)
            return change<checkout>::keep();
        auto decided = judge(asked, delay, with_.development, now);
        if (!decided.document.accepted && !keyed)
            return fail(payment_info_error, *decided.document.reason);
        change<checkout> verdict{std::move(decided.document)};
        for (const auto& planned : decided.notices)
            verdict.later(item_of(planned.what), "notify", planned.what, planned.at);
        return verdict;
    };
    const auto kept = co_await checkouts_.update(c, id, decide);
    if (!kept)
        co_return fail(kept.error());
    co_return reply_with(id, kept->value());
}

task<result<encrypt_card_reply>> payment_provider::encrypt_card(call&, card request)
{
    co_return encrypt_card_reply{sealed(request)};
}

task<result<html>> payment_provider::show_card_form(call&)
{
    co_return card_form_page();
}

task<result<html>> payment_provider::take_card_form(call&, card_form form)
{
    const auto filled = card_of(form);
    if (!filled.violations.empty())
        co_return card_form_page(filled.violations);
    co_return encrypted_card_page(sealed(filled.value));
}

task<result<list_checkouts_reply>> payment_provider::list_checkouts(call&, list_checkouts_request request)
{
    if (!request.x_api_key || !right_key(request.x_api_key->reveal()))
        co_return fail(api_key_error);
    const auto limit = static_cast<std::size_t>(request.limit ? request.limit->value : default_page);
    auto page = co_await checkouts_.scan(request.after ? request.after->value : std::string{}, limit);
    if (!page)
        co_return fail(std::move(page.error()));
    const auto now = with_.environment.now();
    list_checkouts_reply out;
    for (auto& [id, c] : page->documents) {
        listed_checkout line{.checkout_id = std::move(id),
                             .recipe_id = std::move(c.recipe_id),
                             .accepted = c.accepted,
                             .reason = std::move(c.reason),
                             .payment_id = std::move(c.payment_id),
                             .amount = {},
                             .payment_status = now < c.settles_at ? status::pending : c.final_status,
                             .notified = c.notified_at.has_value(),
                             .created_at = c.created_at};
        if (c.amount)
            line.amount = static_cast<money>(*c.amount);
        out.checkouts.push_back(std::move(line));
    }
    if (!page->next.empty())
        out.next = std::move(page->next);
    co_return out;
}

} // namespace edm::payment_provider

namespace edm {

std::unique_ptr<service> make_payment_provider(const resources& with)
{
    return std::make_unique<payment_provider::payment_provider>(with);
}

} // namespace edm
