// Purchases in company: many at once, what each test card of the provider leads to, and what is to be given back.

#include "stage.hpp"

#include <algorithm>
#include <map>
#include <vector>

namespace edm::purchasing {
namespace {

using namespace std::chrono_literals;

class PurchaseFlows : public Purchasing
{
  protected:
    /// Begins so many purchases at once, and lets the provider answer once they all wait.
    std::map<std::string, int> at_once(int n, const std::string& key = {})
    {
        provider.holds = true;
        std::vector<testing::one_service::asked*> all;
        for (int i = 0; i != n; ++i) {
            testing::one_service::header_list headers{sut.token(ana), {"Content-Type", "application/json"}};
            if (!key.empty())
                headers.emplace_back("Idempotency-Key", key);
            all.push_back(&sut.begin("POST", "/buy-recipe/tea", card, headers));
        }
        sut.run_ready();
        provider.release();
        sut.run_ready();
        std::map<std::string, int> answers;
        for (const auto* one : all)
            ++answers[one->answer ? name(*one->answer) : "none"];
        return answers;
    }
    auto refunds(const std::string& query = {})
    {
        return sut.get("/payments-to-refund" + query, {sut.token("admin@example.com", true)});
    }
};

using tally = std::map<std::string, int>;

TEST_F(PurchaseFlows, FiftyAtOnceAreOneCharge)
{
    EXPECT_EQ(at_once(50), (tally{{"201 api_recipe_purchase_requested", 1}, {"409 api_recipe_already_requested", 49}}));
    EXPECT_EQ(provider.calls.size(), 1u);
    EXPECT_EQ(requests(), "1 ");
    EXPECT_EQ(webhook(1).status, 202);
    EXPECT_EQ(at_once(50), (tally{{"409 api_recipe_already_purchased", 50}}));
    sut.advance(10min);
    EXPECT_EQ(provider.calls.size(), 1u);
    EXPECT_EQ(statuses(), "1:1 ");
}

TEST_F(PurchaseFlows, FiftyAtOnceWithOneKeyAreOneCharge)
{
    EXPECT_EQ(at_once(50, "k"),
              (tally{{"201 api_recipe_purchase_requested", 1}, {"409 api_recipe_purchase_in_progress", 49}}));
    EXPECT_EQ(at_once(50, "k"), (tally{{"201 api_recipe_purchase_requested", 50}})) << "the same answer again";
    EXPECT_EQ(provider.calls.size(), 1u);
    EXPECT_EQ(requests(), "1 ");
}

TEST_F(PurchaseFlows, FiftyAtOnceThatAreRefusedAreNone)
{
    provider.otherwise.status = 400;
    EXPECT_EQ(at_once(50), (tally{{"400 api_payment_refused", 1}, {"409 api_recipe_already_requested", 49}}));
    EXPECT_EQ(requests(), "");
    provider.otherwise.status = 201;
    EXPECT_EQ(at_once(50), (tally{{"201 api_recipe_purchase_requested", 1}, {"409 api_recipe_already_requested", 49}}));
    EXPECT_EQ(requests(), "2 ");
}

TEST_F(PurchaseFlows, AKeyThatIsBeingWorkedOnSaysWhenToComeAgain)
{
    provider.meanwhile = [this] {
        const auto same = buy(card, "k");
        EXPECT_EQ(name(same), "409 api_recipe_purchase_in_progress");
        EXPECT_EQ(testing::header_of(same, "Retry-After"), "1");
        EXPECT_EQ(name(buy(R"({"encr_info":"another"})", "k")), "422 idempotency_key_reused");
    };
    EXPECT_EQ(buy(card, "k").status, 201);
    sut.restart();
    EXPECT_EQ(name(buy(card, "k")), "201 api_recipe_purchase_requested");
    sut.advance(25h);
    EXPECT_EQ(name(buy(card, "k")), "201 api_recipe_purchase_requested") << "kept for more than a day";
}

TEST_F(PurchaseFlows, ACrashBetweenTheCommitsEndsInOnePurchase)
{
    provider.holds = true;
    sut.begin("POST", "/buy-recipe/tea", card, {sut.token(ana), {"Content-Type", "application/json"}});
    sut.run_ready();
    ASSERT_EQ(provider.calls.size(), 1u);
    auto other = [this] { // the old process's call comes to nothing
        provider.answers = {std::unexpected{http_problem::broken}};
        provider.release();
    };
    sut.restart(other);
    ASSERT_EQ(provider.calls.size(), 2u) << "due work asks again, with the same key";
    EXPECT_EQ(provider.calls[1].header("Idempotency-Key"), provider.calls[0].header("Idempotency-Key"));
    EXPECT_EQ(provider.calls[1].body, provider.calls[0].body);
    EXPECT_EQ(name(buy()), "409 api_recipe_already_requested");
    sut.advance(1h);
    EXPECT_EQ(provider.calls.size(), 2u);
    EXPECT_EQ(requests(), "1 ");
}

TEST_F(PurchaseFlows, OfEachTestCard)
{
    const struct
    {
        const char* card;
        std::vector<int> webhooks;
        const char* statuses;
        const char* told_again; ///< when the buyer tries again
    } table[] = {
        {"4242 paid", {1}, "1:1 ", "409 api_recipe_already_purchased"},
        {"0002 declined", {3}, "1:3 ", "201 api_recipe_purchase_requested"},
        {"5001 cancelled", {2}, "1:2 ", "201 api_recipe_purchase_requested"},
        {"1000 pending first", {0, 1}, "1:1 ", "409 api_recipe_already_purchased"},
        {"1000 pending so far", {0}, "", "409 api_recipe_already_requested"},
        {"2008 sent twice", {1, 1}, "1:1 ", "409 api_recipe_already_purchased"},
        {"3006 lost once", {}, "", "409 api_recipe_already_requested"},
    };
    int n = 0;
    for (const auto& row : table) {
        const auto user = fmt::format("user{}@example.com", ++n);
        const auto before = statuses();
        EXPECT_EQ(buy(card, {}, user).status, 201) << row.card;
        for (const int status : row.webhooks)
            EXPECT_EQ(webhook(status, 1, contracts::purchase_id(user, "tea")).status, 202) << row.card;
        EXPECT_EQ(statuses(), before + row.statuses) << row.card;
        EXPECT_EQ(name(buy(card, {}, user)), row.told_again) << row.card;
    }
    provider.answers = {http_answer{.status = 400}};
    EXPECT_EQ(name(buy()), "400 api_payment_refused") << "4004 refused at once";
}

TEST_F(PurchaseFlows, MoneyThatCameAfterAllIsShownToTheAdministrator)
{
    EXPECT_EQ(refunds().body, R"({"status":"api_payments_to_refund_retrieved","error":false,"details":)"
                              R"({"description":"The payments to refund.","data":{"payments":[]}}})");
    EXPECT_EQ(buy().status, 201);
    webhook(3);
    EXPECT_EQ(refunds().body.find("purchase_id"), std::string::npos) << "failed: nobody paid";
    EXPECT_EQ(buy().status, 201);
    webhook(1, 2);
    webhook(1, 1);
    const auto one = fmt::format(
        R"({{"purchase_id":"{}","user_id":"{}","recipe_id":"tea","attempt":1,"price":4.90,"payment_id":"pay-1",)"
        R"("payment_status":3,"later_status":1,"ended_at":"2026-01-15T00:00:00.000Z"}})",
        purchase, ana);
    EXPECT_NE(refunds().body.find(fmt::format(R"("payments":[{}])", one)), std::string::npos) << refunds().body;

    for (int n = 0; n != 3; ++n) {
        const auto user = fmt::format("user{}@example.com", n);
        buy(card, {}, user);
        webhook(2, 1, contracts::purchase_id(user, "tea"));
        webhook(n == 0 ? 3 : 1, 1, contracts::purchase_id(user, "tea"));
    }
    std::vector<std::string> ids{purchase, contracts::purchase_id("user1@example.com", "tea"),
                                 contracts::purchase_id("user2@example.com", "tea")};
    std::ranges::sort(ids);
    const auto first = refunds("?limit=2");
    EXPECT_EQ(testing::member_of(first, "next"), ids[1]);
    const auto rest = refunds("?limit=2&after=" + ids[1]);
    EXPECT_NE(rest.body.find(ids[2]), std::string::npos) << rest.body;
    EXPECT_EQ(rest.body.find(ids[1]), std::string::npos);
    EXPECT_EQ(testing::member_of(rest, "next"), "");
}

TEST_F(PurchaseFlows, RefundsAreForTheAdministratorAlone)
{
    EXPECT_EQ(name(sut.get("/payments-to-refund", {sut.token(ana)})), "403 invalid_user");
    EXPECT_EQ(sut.get("/payments-to-refund").status, 401);
}

} // namespace
} // namespace edm::purchasing
