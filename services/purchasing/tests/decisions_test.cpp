// The purchase protocol as pure functions: what becomes of a payment, whatever comes first.

#include "decisions.hpp"
#include "errors.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace edm::purchasing {
namespace {

using contracts::payment_status;

const moment noon{time_point{milliseconds{1'800'000'000'000}}, &random_source::system()};
const offer on_sale{.price = {490}};

order wanted(std::optional<std::string> key = {}, std::string card = "card")
{
    return {.user_id = "ana@example.com",
            .recipe_id = "borscht",
            .encr_info = std::move(card),
            .expected_price = {},
            .idempotency_key = std::move(key)};
}

payment after(const payment_change& decided, const std::optional<payment>& before = {})
{
    EXPECT_TRUE(decided);
    return decided->value() ? *decided->value() : before.value();
}

payment calling(std::optional<std::string> key = {})
{
    begun out;
    return after(begin_attempt({}, wanted(std::move(key)), on_sale, noon, out));
}
payment requested(std::optional<std::string> key = {})
{
    return after(accept(calling(std::move(key)), 1));
}
payment ended(payment_status how)
{
    return after(take_status(requested(), 1, how, "pay-1", noon));
}

std::vector<std::string> topics(const payment_change& decided)
{
    std::vector<std::string> out;
    for (const auto& event : decided->raw().events)
        out.push_back(event.topic);
    return out;
}

bool changes_nothing(const payment_change& decided)
{
    return decided && decided->kept() && decided->raw().events.empty() && decided->raw().done.empty() &&
           decided->raw().due.empty();
}

const std::vector<std::string> request_only{"recipe-purchase-requested"};
const std::vector<std::string> status_only{"purchase-status-changed"};
const std::vector<std::string> both{"recipe-purchase-requested", "purchase-status-changed"};

TEST(Begin, WritesTheAttemptWithDueWorkAndNoEvent)
{
    begun out;
    const auto decided = begin_attempt({}, wanted("key-1"), on_sale, noon, out);
    ASSERT_TRUE(decided);
    EXPECT_TRUE(decided->raw().events.empty());
    ASSERT_EQ(decided->raw().due.size(), 1u);
    EXPECT_EQ(decided->raw().due[0].id, "call-1");
    EXPECT_EQ(decided->raw().due[0].kind, "call-provider");
    EXPECT_EQ(decided->raw().due[0].payload, R"({"attempt":1})");
    EXPECT_EQ(decided->raw().due[0].lease_until, change<payment>::held_by_committer);
    const auto& now = *decided->value();
    EXPECT_EQ(now.last, 1);
    EXPECT_EQ(now.attempts[0].stage, stage::calling);
    EXPECT_EQ(now.attempts[0].price.value, 490);
    EXPECT_EQ(now.attempts[0].encr_info, "card");
    EXPECT_EQ(out.attempt, 1);
    EXPECT_FALSE(out.repeated);
}

struct begin_case
{
    const char* what;
    std::optional<payment> before;
    const error_kind* refused; ///< null: a new attempt begins
};

TEST(Begin, IsRefusedExactlyWhileTheNewestAttemptIsLive)
{
    const begin_case table[] = {
        {"nothing yet", {}, nullptr},
        {"calling", calling(), &errc::already_requested},
        {"requested", requested(), &errc::already_requested},
        {"paid", ended(payment_status::paid), &errc::already_purchased},
        {"cancelled", ended(payment_status::cancelled), nullptr},
        {"failed", ended(payment_status::failed), nullptr},
        {"refused", after(refuse(calling(), 1, true)), nullptr},
    };
    for (const auto& [what, before, refused] : table) {
        begun out;
        const auto decided = begin_attempt(before, wanted(), on_sale, noon, out);
        if (refused) {
            ASSERT_FALSE(decided) << what;
            EXPECT_TRUE(decided.error().is(*refused)) << what;
        } else {
            ASSERT_TRUE(decided) << what;
            EXPECT_EQ(out.attempt, before ? 2 : 1) << what << ": a number is never given again";
        }
    }
}

TEST(Begin, OfWhatIsNotForSaleIsRefused)
{
    begun out;
    EXPECT_TRUE(begin_attempt({}, wanted(), {}, noon, out).error().is(errc::recipe_not_found));
    EXPECT_TRUE(begin_attempt({}, wanted(), offer{{490}, false}, noon, out).error().is(errc::recipe_not_found));
    EXPECT_TRUE(
        begin_attempt(requested(), wanted(), offer{{490}, false}, noon, out).error().is(errc::already_requested));
}

TEST(Begin, AtAnotherPriceThanExpectedIsRefusedAndTellsThePrice)
{
    auto order = wanted();
    order.expected_price = 490;
    begun out;
    EXPECT_TRUE(begin_attempt({}, order, on_sale, noon, out));
    order.expected_price = 489;
    const auto decided = begin_attempt({}, order, on_sale, noon, out);
    ASSERT_FALSE(decided);
    EXPECT_TRUE(decided.error().is(errc::price_changed));
    EXPECT_EQ(decided.error().data_json, R"({"price":4.90})");
}

TEST(Begin, StopsAfterAHundredEndedAttempts)
{
    std::optional<payment> now;
    for (int n = 1; n <= 100; ++n) {
        begun out;
        now = after(begin_attempt(now, wanted(), on_sale, noon, out));
        now = after(take_status(now, n, payment_status::failed, "", noon));
    }
    begun out;
    EXPECT_TRUE(begin_attempt(now, wanted(), on_sale, noon, out).error().is(errc::too_many_attempts));
}

TEST(IdempotencyKey, AnswersAsTheFirstRequestWasAnswered)
{
    const struct
    {
        const char* what;
        payment before;
        order again;
        const error_kind* refused; ///< null: the same success
    } table[] = {
        {"in flight", calling("k"), wanted("k"), &errc::in_progress},
        {"requested", requested("k"), wanted("k"), nullptr},
        {"paid", after(take_status(requested("k"), 1, payment_status::paid, "", noon)), wanted("k"), nullptr},
        {"failed", after(take_status(requested("k"), 1, payment_status::failed, "", noon)), wanted("k"), nullptr},
        {"another body", requested("k"), wanted("k", "another card"), &errc::key_reused},
        {"another body in flight", calling("k"), wanted("k", "another card"), &errc::key_reused},
        {"another key", requested("k"), wanted("l"), &errc::already_requested},
        {"no key", requested("k"), wanted(), &errc::already_requested},
        {"no key then a key", requested(), wanted("k"), &errc::already_requested},
    };
    for (const auto& [what, before, again, refused] : table) {
        begun out;
        const auto decided = begin_attempt(before, again, on_sale, noon, out);
        if (refused) {
            ASSERT_FALSE(decided) << what;
            EXPECT_TRUE(decided.error().is(*refused)) << what;
        } else {
            EXPECT_TRUE(changes_nothing(decided)) << what;
            EXPECT_TRUE(out.repeated) << what;
            EXPECT_EQ(out.attempt, 1) << what;
        }
    }
    begun out;
    EXPECT_EQ(begin_attempt(calling("k"), wanted("k"), on_sale, noon, out).error().retry_after_seconds, 1);
}

TEST(IdempotencyKey, OfARefusedAttemptIsFree)
{
    begun out;
    const auto refused = after(refuse(calling("k"), 1, true));
    EXPECT_TRUE(begin_attempt(refused, wanted("k", "another card"), on_sale, noon, out));
    EXPECT_EQ(out.attempt, 2);
}

TEST(IdempotencyKey, OutlivesTheOffer)
{
    begun out;
    EXPECT_TRUE(begin_attempt(requested("k"), wanted("k"), {}, noon, out));
    EXPECT_TRUE(out.repeated);
}

TEST(Accept, PublishesOnceErasesTheCardAndClearsTheDueWork)
{
    const auto decided = accept(calling(), 1);
    ASSERT_TRUE(decided);
    EXPECT_EQ(topics(decided), request_only);
    EXPECT_EQ(decided->raw().events[0].data, R"({"user_id":"ana@example.com","recipe_id":"borscht","attempt":1})");
    EXPECT_EQ(decided->raw().done, std::vector<std::string>{"call-1"});
    EXPECT_EQ(decided->value()->attempts[0].stage, stage::requested);
    EXPECT_FALSE(decided->value()->attempts[0].encr_info);
    EXPECT_EQ(encode(*decided->value()).find("card"), std::string::npos);
    EXPECT_TRUE(changes_nothing(accept(requested(), 1)));
    EXPECT_TRUE(changes_nothing(accept(ended(payment_status::failed), 1)));
    EXPECT_TRUE(changes_nothing(accept(calling(), 2)));
    EXPECT_TRUE(changes_nothing(accept({}, 1)));
}

TEST(Refuse, ErasesTheAttemptButNotItsNumber)
{
    const auto decided = refuse(calling(), 1, false);
    ASSERT_TRUE(decided);
    EXPECT_TRUE(topics(decided).empty());
    EXPECT_EQ(decided->raw().done, std::vector<std::string>{"call-1"});
    EXPECT_TRUE(decided->value()->attempts.empty());
    EXPECT_EQ(decided->value()->last, 1);
}

TEST(Refuse, AfterDueWorkClaimedItTakesTheKeptVerdict)
{
    const auto claimed = after(claim(calling(), 1));
    EXPECT_TRUE(changes_nothing(refuse(claimed, 1, false))) << "the second call may have been accepted";
    EXPECT_TRUE(after(refuse(claimed, 1, true)).attempts.empty());
}

TEST(Refuse, ChangesNothingOnceTheAttemptWasAccepted)
{
    EXPECT_TRUE(changes_nothing(refuse(requested(), 1, true)));
    EXPECT_TRUE(changes_nothing(refuse(ended(payment_status::paid), 1, true)));
    EXPECT_TRUE(changes_nothing(refuse({}, 1, true)));
}

TEST(Claim, IsWrittenOnceAndOnlyWhileCalling)
{
    const auto once = after(claim(calling(), 1));
    EXPECT_TRUE(once.attempts[0].claimed);
    EXPECT_TRUE(changes_nothing(claim(once, 1)));
    EXPECT_TRUE(changes_nothing(claim(requested(), 1)));
    EXPECT_TRUE(changes_nothing(claim({}, 1)));
    EXPECT_FALSE(after(accept(once, 1)).attempts[0].claimed);
}

TEST(Status, EndsARequestedAttempt)
{
    for (auto [status, to] : {std::pair{payment_status::paid, stage::paid},
                              {payment_status::cancelled, stage::cancelled},
                              {payment_status::failed, stage::failed}}) {
        const auto decided = take_status(requested(), 1, status, "pay-1", noon);
        ASSERT_TRUE(decided);
        EXPECT_EQ(topics(decided), status_only);
        EXPECT_EQ(decided->value()->attempts[0].stage, to);
        EXPECT_EQ(decided->value()->attempts[0].payment_id, "pay-1");
        EXPECT_EQ(decided->raw().events[0].data,
                  fmt::format(R"({{"user_id":"ana@example.com","recipe_id":"borscht","attempt":1,"payment_status":{},)"
                              R"("when":"2027-01-15T08:00:00.000Z"}})",
                              contracts::to_number(status)));
    }
}

TEST(Status, ThatOvertakesTheAnswerProvesAcceptance)
{
    const auto decided = take_status(calling(), 1, payment_status::paid, "pay-1", noon);
    ASSERT_TRUE(decided);
    EXPECT_EQ(topics(decided), both);
    EXPECT_EQ(decided->raw().done, std::vector<std::string>{"call-1"});
    EXPECT_EQ(decided->value()->attempts[0].stage, stage::paid);
    EXPECT_FALSE(decided->value()->attempts[0].encr_info);
    EXPECT_TRUE(changes_nothing(accept(*decided->value(), 1))) << "the answer that was overtaken";

    const auto pending = take_status(calling(), 1, payment_status::pending, "", noon);
    ASSERT_TRUE(pending);
    EXPECT_EQ(topics(pending), request_only);
    EXPECT_EQ(pending->value()->attempts[0].stage, stage::requested);
}

TEST(Status, RepeatedOrPendingChangesNothing)
{
    EXPECT_TRUE(changes_nothing(take_status(requested(), 1, payment_status::pending, "", noon)));
    EXPECT_TRUE(changes_nothing(take_status(ended(payment_status::paid), 1, payment_status::pending, "", noon)));
    EXPECT_TRUE(changes_nothing(take_status(ended(payment_status::paid), 1, payment_status::paid, "", noon)));
    EXPECT_TRUE(changes_nothing(take_status(ended(payment_status::failed), 1, payment_status::failed, "", noon)));
}

TEST(Status, ADifferentLaterOneIsKeptAndTellsNobody)
{
    const auto decided = take_status(ended(payment_status::failed), 1, payment_status::paid, "", noon);
    ASSERT_TRUE(decided);
    EXPECT_TRUE(topics(decided).empty());
    const auto now = *decided->value();
    EXPECT_EQ(now.attempts[0].stage, stage::failed);
    EXPECT_EQ(now.attempts[0].later_status, 1);
    EXPECT_TRUE(changes_nothing(take_status(now, 1, payment_status::paid, "", noon)));
    EXPECT_TRUE(changes_nothing(take_status(now, 1, payment_status::cancelled, "", noon)))
        << "money came: not forgotten";
    begun out;
    EXPECT_TRUE(begin_attempt(now, wanted(), on_sale, noon, out))
        << "it can be bought again; the old payment is refunded";
}

TEST(Status, OfWhatIsNotThereIsNotFound)
{
    EXPECT_TRUE(take_status({}, 1, payment_status::paid, "", noon).error().is(errc::checkout_not_found));
    EXPECT_TRUE(take_status(requested(), 2, payment_status::paid, "", noon).error().is(errc::checkout_not_found));
    EXPECT_TRUE(take_status(after(refuse(calling(), 1, true)), 1, payment_status::paid, "", noon)
                    .error()
                    .is(errc::checkout_not_found));
}

TEST(Present, EventsAreThoseOfTheNewestAttemptThatHasThem)
{
    EXPECT_FALSE(present_request(calling()));
    EXPECT_FALSE(present_status(requested()));
    EXPECT_EQ(present_request(requested())->attempt, 1);
    begun out;
    const auto second = after(begin_attempt(ended(payment_status::failed), wanted(), on_sale, noon, out));
    EXPECT_EQ(present_request(second)->attempt, 1);
    EXPECT_EQ(present_status(second)->payment_status, 3);
    const auto accepted = after(accept(second, 2));
    EXPECT_EQ(present_request(accepted)->attempt, 2);
    EXPECT_EQ(present_status(accepted)->attempt, 1);
}

TEST(Checkout, IdsAreReadStrictly)
{
    const auto read = parse_checkout_id(checkout_id("6f3c2d10-0000-5000-8000-000000000000", 12));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->purchase_id, "6f3c2d10-0000-5000-8000-000000000000");
    EXPECT_EQ(read->attempt, 12);
    for (const char* bad : {"", ".", "a", "a.", ".1", "a.0", "a.-1", "a.+1", "a.01", "a.1x", "a.99999999999999999999"})
        EXPECT_FALSE(parse_checkout_id(bad)) << bad;
}

TEST(Verdict, OfEachAnswer)
{
    EXPECT_EQ(verdict_of(201), verdict::accepted);
    EXPECT_EQ(verdict_of(400), verdict::refused);
    for (int status : {401, 402, 403, 404, 413, 422})
        EXPECT_EQ(verdict_of(status), verdict::turned_away) << status;
    for (int status : {200, 204, 302, 408, 409, 425, 429, 500, 502, 503, 504, 507})
        EXPECT_EQ(verdict_of(status), verdict::unknown) << status;
}

} // namespace
} // namespace edm::purchasing
