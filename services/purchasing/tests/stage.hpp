#pragma once

#include <edm/testing_engines/answers.hpp>
#include <edm/testing_engines/one_service.hpp>
#include <edm/testing_engines/outside.hpp>

#include <edm/contracts/ids.hpp>
#include <edm/contracts/purchasing.hpp>
#include <edm/contracts/recipes.hpp>
#include <edm/purchasing/purchasing.hpp>

#include <gtest/gtest.h>

#include <string>

namespace edm::purchasing {

inline const std::string ana = "ana@example.com";
inline const std::string purchase = contracts::purchase_id(ana, "tea");
inline const std::string card = R"({"encr_info":"gAAAA-card"})";

/// Purchasing alone: a buyer, a payment provider that answers as it is told, its webhooks, the clock.
class Purchasing : public ::testing::Test
{
  protected:
    Purchasing() { offer("tea", 490); }
    void offer(const std::string& recipe, std::int64_t price, bool for_sale = true)
    {
        sut.deliver(contracts::recipe_published{recipe, "Tea", price, for_sale}, recipe);
    }
    auto buy(std::string body = card, std::string key = {}, const std::string& user = ana,
             const std::string& recipe = "tea")
    {
        std::vector<std::pair<std::string, std::string>> headers{sut.token(user)};
        if (!key.empty())
            headers.emplace_back("Idempotency-Key", key);
        return sut.post("/buy-recipe/" + recipe, std::move(body), headers);
    }
    auto webhook(int status, int attempt = 1, const std::string& id = purchase)
    {
        const auto body = fmt::format(R"({{"recipe_id":"tea","payment_id":"pay-1","payment_status":{}}})", status);
        return sut.post(fmt::format("/payment-webhook/{}.{}", id, attempt), body, sut.signature(body));
    }
    /// `attempt` and, of a status, `:status`, in the order of publishing within each topic.
    std::string requests()
    {
        std::string out;
        for (const auto& e : sut.published<contracts::recipe_purchase_requested>())
            out += fmt::format("{} ", e.attempt);
        return out;
    }
    std::string statuses()
    {
        std::string out;
        for (const auto& e : sut.published<contracts::purchase_status_changed>())
            out += fmt::format("{}:{} ", e.attempt, e.payment_status);
        return out;
    }
    static std::string name(const web::response& r) { return testing::outcome_of(r); }

    testing::outside_party provider{201};
    testing::one_service sut{[this](resources& with) {
        with.http = &provider;
        return make_purchasing(with);
    }};
};

} // namespace edm::purchasing
