#pragma once

#include <edm/testing_engines/answers.hpp>
#include <edm/testing_engines/one_service.hpp>
#include <edm/testing_engines/outside.hpp>

#include <edm/payment_provider/payment_provider.hpp>

#include <gtest/gtest.h>

#include <string>

namespace edm::payment_provider {

/// The provider alone, a shop that answers its webhooks as it is told, and the clock.
class PaymentProvider : public ::testing::Test
{
  protected:
    using header_list = testing::one_service::header_list;

    static std::string card_json_of(const std::string& number)
    {
        return fmt::format(R"({{"card_holder_name":"Ana","card_number":"{}","expiration_month":12,)"
                           R"("expiration_year":2031,"cvv":"987"}})",
                           number);
    }
    /// The card as the shop gets it.
    std::string encrypted(const std::string& number)
    {
        return testing::member_of(sut.post("/encrypt-card", card_json_of(number)), "encr_info");
    }
    static std::string order(const std::string& encr_info, const std::string& amount = "4.90")
    {
        return fmt::format(R"({{"payment_encr_info":{{"encr_info":"{}"}},"api_key":"{}","amount":{}}})", encr_info,
                           api_key, amount);
    }
    web::response ask(const std::string& body, const std::string& key = "purchase.1")
    {
        header_list headers;
        if (!key.empty())
            headers.emplace_back("Idempotency-Key", key);
        return sut.post("/create-checkout/tea", body, headers);
    }
    web::response pay(const std::string& number, const std::string& key = "purchase.1")
    {
        return ask(order(encrypted(number)), key);
    }
    web::response ledger(const std::string& query = {})
    {
        return sut.get("/checkouts" + query, {{"X-Api-Key", api_key}});
    }
    /// The statuses that the shop was told, in order.
    std::string told() const
    {
        std::string out;
        for (const auto& call : shop.calls)
            out += call.body.substr(call.body.rfind(':') + 1, 1);
        return out;
    }
    /// Seconds from `since` to each webhook, as it is stamped.
    std::vector<std::int64_t> seconds_since(time_point since) const
    {
        std::vector<std::int64_t> out;
        for (const auto& call : shop.calls)
            out.push_back(std::stoll(call.header("webhook-timestamp")) -
                          std::chrono::floor<std::chrono::seconds>(since).time_since_epoch().count());
        return out;
    }

    static inline const std::string api_key = std::string(64, 'k');
    static inline const std::string good = "4242424242424242";

    testing::outside_party shop{202};
    testing::one_service sut{[this](resources& with) {
                                 with.http = &shop;
                                 return make_payment_provider(with);
                             },
                             {{"EDM_PAYMENT_DELAY", "2s..4s"}}};
};

} // namespace edm::payment_provider
