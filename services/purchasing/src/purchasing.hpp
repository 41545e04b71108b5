#pragma once

#include "api.hpp"
#include "decisions.hpp"
#include "documents.hpp"

#include <edm/service/service.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace edm::purchasing {

/// What became of one call; `reached` is false where there was no connection.
struct called
{
    verdict said = verdict::unknown;
    bool reached = true;
};

class purchasing final : public service
{
  public:
    explicit purchasing(const resources& from);

    std::string_view name() const override { return "purchasing"; }
    std::string_view description() const override;
    void declare(registry& r) override;

  private:
    /// `POST /buy-recipe/{recipe_id}`
    task<result<buy_reply>> buy(call& by, buy_request request);
    /// `POST /payment-webhook/{checkout_id}`
    task<result<nothing>> take_webhook(call& by, webhook_request request);
    /// `GET /payments-to-refund`
    task<result<refunds_reply>> list_refunds(call& by, refunds_request request);
    /// Due work: the process that began an attempt died, or its call told nothing.
    task<result<nothing>> call_provider_again(call& by, due<provider_call> work);

    task<called> call_provider(call& by, std::string purchase_id, std::int64_t number, std::string recipe_id,
                               minor_units price, std::string encr_info) const;
    /// Commits what the provider said, and returns the document as it is then.
    task<result<std::optional<payment>>> settle(call& by, std::string purchase_id, std::int64_t number,
                                                verdict said) const;

    void declare_endpoints(registry& r);

    const resources& from_;
    database<payment> payments_;
    database<offer> offers_;
    setting<std::string> api_key_;
    setting<std::string> provider_url_;
    setting<std::string> webhook_secret_;
};

} // namespace edm::purchasing
