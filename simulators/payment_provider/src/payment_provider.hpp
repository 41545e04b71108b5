#pragma once

#include "api.hpp"
#include "card_form.hpp"
#include "documents.hpp"
#include "timing.hpp"

#include <edm/service/service.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace edm::payment_provider {

class payment_provider : public service
{
  public:
    explicit payment_provider(const resources& with);

    std::string_view name() const override { return "payment-provider"; }
    std::string_view description() const override { return "A simulator of a payment provider: an outside party."; }
    void declare(registry& r) override;

    /// `POST /create-checkout/{recipe_id}`
    task<result<create_checkout_reply>> create_checkout(call& c, create_checkout_request request);
    /// `POST /encrypt-card`
    task<result<encrypt_card_reply>> encrypt_card(call& c, card request);
    /// `GET /card-form`
    task<result<html>> show_card_form(call& c);
    /// `POST /card-form`
    task<result<html>> take_card_form(call& c, card_form form);
    /// `GET /checkouts`
    task<result<list_checkouts_reply>> list_checkouts(call& c, list_checkouts_request request);
    /// Due work `notify`
    task<result<nothing>> notify(call& c, due<notice> work);

  private:
    void declare_endpoints(registry& r);
    void declare_card_form(registry& r);
    bool right_key(std::string_view key) const;
    std::string sealed(const card& c) const;
    /// One try of a webhook; none where no answer came.
    task<std::optional<http_answer>> send_webhook(call& c, const checkout& about, std::string checkout_id,
                                                  std::int64_t payment_status) const;

    const resources& with_;
    database<checkout> checkouts_;

    setting<std::string> api_key_;
    setting<std::string> encryption_key_;
    setting<std::string> delay_;
    setting<std::string> webhook_secret_;
};

} // namespace edm::payment_provider
