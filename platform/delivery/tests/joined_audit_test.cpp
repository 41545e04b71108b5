// The audit over both ends of a subscription, whichever processes they are in.

#include <edm/delivery/audit.hpp>
#include <edm/testing/loop.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace edm::delivery_tests {

namespace {

/// What one process answers.
class scripted_side final : public audit_side
{
  public:
    std::map<std::string, sequence> published, applied;
    std::map<std::pair<std::string, sequence>, audited_event> waiting;
    std::uint64_t kept_back = 0;
    std::optional<std::uint64_t> moving = 0;
    bool begins = false;
    int looks = 0;                   ///< at marks, from the beginning
    std::function<void()> meanwhile; ///< after what is on its way was told

    task<std::uint32_t> epoch(std::string) override { co_return 1; }
    task<std::vector<counter_entry>> counters(std::string, std::string after) override
    {
        co_return page_of(published, after);
    }
    task<std::uint64_t> unsent(std::string) override { co_return kept_back; }
    task<std::vector<counter_entry>> marks(std::string, std::string after) override
    {
        looks += after.empty() ? 1 : 0;
        co_return page_of(applied, after);
    }
    task<std::vector<audited_event>> parked(std::string, std::string after_key, sequence after) override
    {
        std::vector<audited_event> out;
        for (auto at = waiting.upper_bound({after_key, after}); at != waiting.end() && out.size() != page; ++at)
            out.push_back(at->second);
        co_return out;
    }
    task<bool> starting(std::string) override { co_return begins; }
    task<std::optional<std::uint64_t>> on_the_way(std::string) override
    {
        auto told = moving;
        if (meanwhile)
            meanwhile();
        co_return told;
    }
    task<bool> list_on_the_way(std::string, std::function<void(std::string_view, sequence)>) override
    {
        co_return false;
    }

  private:
    static std::vector<counter_entry> page_of(const std::map<std::string, sequence>& all, const std::string& after)
    {
        std::vector<counter_entry> out;
        for (auto at = after.empty() ? all.begin() : all.upper_bound(after); at != all.end() && out.size() != page;
             ++at)
            out.push_back({at->first, at->second});
        return out;
    }
};

struct joined_audit : ::testing::Test
{
    audit_row row(bool complete = true)
    {
        audited_ends ends{"ledger.count", "ordered", "shop", {&shop}, {&ledger}, complete};
        if (other)
            ends.subscribers.push_back(other.get());
        testing::manual_clock clock;
        testing::loop context{clock, milliseconds{0}};
        return context.await(audit_subscription(std::move(ends)));
    }
    void expect(std::uint64_t behind, std::uint64_t lost, bool complete = true)
    {
        auto found = row(complete);
        EXPECT_EQ(std::make_pair(found.behind, found.lost), std::make_pair(behind, lost));
    }

    scripted_side shop, ledger;
    std::unique_ptr<scripted_side> other;
};

TEST_F(joined_audit, WhatLacksAndIsNowhereIsLost)
{
    shop.published = {{"a", {1, 3}}, {"b", {1, 1}}};
    ledger.applied = {{"a", {1, 1}}};
    expect(0, 3);
    ledger.waiting = {{{"a", {1, 3}}, {"a", {1, 3}}}};
    expect(0, 2);
    ledger.applied = {{"a", {1, 3}}, {"b", {1, 1}}};
    expect(0, 0);
}

TEST_F(joined_audit, WhatMayBeOnItsWayIsBehind)
{
    shop.published = {{"a", {1, 3}}};
    ledger.applied = {{"a", {1, 1}}};
    shop.kept_back = 1;
    expect(2, 0);
    shop.kept_back = 0;
    ledger.moving = 1;
    expect(2, 0);
    ledger.moving = std::nullopt; // the broker is away
    expect(2, 0);
    ledger.moving = 0;
    expect(2, 0, false); // another process may have it
    ledger.begins = true;
    expect(2, 0);
    ledger.begins = false;
    expect(0, 2);
}

TEST_F(joined_audit, AsksEveryProcessWhatItHasInItsHands)
{
    shop.published = {{"a", {1, 1}}};
    other = std::make_unique<scripted_side>();
    other->moving = 1;
    expect(1, 0);
    other->moving = 0;
    expect(0, 1);
}

TEST_F(joined_audit, WhatArrivesWhileItLooksIsNeither)
{
    shop.published = {{"a", {1, 1}}};
    ledger.moving = 0;
    ledger.meanwhile = [&] { ledger.applied = {{"a", {1, 1}}}; };
    expect(0, 0);
    EXPECT_EQ(ledger.looks, 2);
    ledger.looks = 0;
    expect(0, 0);
    EXPECT_EQ(ledger.looks, 1) << "where nothing lacks there is no second look";
}

TEST_F(joined_audit, PagesAndChunksMeetAtEveryKey)
{
    constexpr int many = 5'000 + 2 * static_cast<int>(audit_side::page);
    for (int i = 0; i != many; ++i)
        shop.published[fmt::format("k{:05}", i)] = {1, 2};
    ledger.applied = shop.published;
    for (const auto* key : {"k00999", "k01000", "k04999", "k05000", "k06999"}) {
        ledger.applied[key] = {1, 1};
        ledger.waiting[{key, {1, 2}}] = {.key = key, .sequence = {1, 2}};
    }
    ledger.waiting[{"k02000", {1, 2}}] = {.key = "k02000", .sequence = {1, 2}}; // applied since: void
    auto found = row();
    EXPECT_EQ(found.keys, std::uint64_t{many});
    EXPECT_EQ(found.parked, 5u);
    EXPECT_EQ(std::make_pair(found.behind, found.lost), std::make_pair(std::uint64_t{0}, std::uint64_t{0}));
    ledger.applied.erase("k05000");
    ledger.applied["k06998"] = {1, 1};
    found = row();
    EXPECT_EQ(found.lost, 2u) << "the first of one key, the second of another";
}

} // namespace

} // namespace edm::delivery_tests
