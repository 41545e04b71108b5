#include "couchdb_gate.hpp"
#include "couchdb_home.hpp"

#include <edm/testing/loop.hpp>
#include <fmt/format.h>

#include <gmock/gmock.h>

#include <atomic>
#include <set>
#include <thread>

/// What only a store behind a network knows: answers that never come, and other processes that change the same
/// documents.
namespace edm::conformance {

namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class store_couchdb_faults : public ::testing::Test
{
  protected:
    using process = couchdb_process;

    store_couchdb_faults() : gate_(home_.options().url)
    {
        direct_ = home_.options().url;
        home_.options().look_around = milliseconds{50};
    }
    process open(std::string url, milliseconds others_after = milliseconds{5000})
    {
        home_.options().url = std::move(url);
        home_.options().others_after = others_after;
        return home_.open({{"things", {}}});
    }
    static edm::commit change(const loaded& before, std::string value, int counter)
    {
        edm::commit c{.id = "a", .expected = before.revision, .value = std::move(value), .envelope = before.envelope};
        c.envelope.counters = {{"t", 1, static_cast<std::uint64_t>(counter)}};
        c.events.push_back(some_event("t", "a", static_cast<std::uint64_t>(counter), std::to_string(counter)));
        return c;
    }
    static loaded read(process& p) { return wait(p->load(0, "a")).value_or(loaded{}); }
    static std::vector<std::string> bytes(const std::vector<logged_event>& events)
    {
        std::vector<std::string> out;
        for (const auto& e : events)
            out.push_back(e.event->bytes);
        return out;
    }

    couchdb_home home_;
    couchdb_gate gate_;
    std::string direct_;
};

TEST_F(store_couchdb_faults, AWriteWhoseAnswerWasCutIsFoundByItsCommitId)
{
    auto p = open(gate_.url());
    gate_.cut_answers(1);
    auto done = wait(p->commit(change({}, "one", 1)));
    ASSERT_TRUE(done) << "the server had stored it";
    EXPECT_EQ(read(p).value, "one");
    EXPECT_EQ(read(p).revision, *done);
    gate_.cut_answers(2);
    done = wait(p->commit(change(read(p), "two", 2)));
    ASSERT_TRUE(done);
    EXPECT_EQ(read(p).value, "two");
    EXPECT_THAT(bytes(*wait(p->pending(0, 9))), ElementsAre("1", "2")) << "each of them once";
}

TEST_F(store_couchdb_faults, AWriteThatWasCutOnItsWayIsMadeAgain)
{
    auto p = open(gate_.url());
    gate_.cut_requests(2);
    auto done = wait(p->commit(change({}, "one", 1)));
    ASSERT_TRUE(done);
    EXPECT_EQ(read(p).value, "one");
    EXPECT_THAT(bytes(*wait(p->pending(0, 9))), ElementsAre("1"));
}

TEST_F(store_couchdb_faults, ManyCommitsWhoseAnswerWasCutAreEachFound)
{
    auto p = open(gate_.url());
    std::vector<edm::commit> many;
    for (auto* id : {"a", "b", "c"})
        many.push_back({.id = id, .value = "v", .envelope = {}});
    gate_.cut_answers(1);
    auto outcomes = wait(p->commit_many(many));
    for (std::size_t i = 0; i != outcomes.size(); ++i)
        EXPECT_EQ(wait(p->load(0, many[i].id))->revision, outcomes[i].value_or("none"));
}

TEST_F(store_couchdb_faults, CommitsThatWentTogetherAreEachFoundWhereTheirAnswersWereCut)
{
    constexpr int writers = 8, rounds = 5;
    auto p = open(gate_.url());
    std::atomic<int> wrong = 0;
    for (int round = 0; round != rounds; ++round) {
        std::vector<std::thread> workers;
        gate_.cut_answers(3);
        for (int w = 0; w != writers; ++w)
            workers.emplace_back([&, id = fmt::format("{}/{}", round, w)] {
                edm::commit c{.id = id, .value = "v", .envelope = {}};
                c.events.push_back(some_event("t", id, 1, id));
                auto done = wait(p->commit(std::move(c)));
                wrong += !done || wait(p->load(0, id))->revision != *done;
            });
        for (auto& w : workers)
            w.join();
    }
    EXPECT_EQ(wrong.load(), 0);
    EXPECT_EQ(wait(p->pending(0, 999))->size(), std::size_t{writers * rounds}) << "each of them once";
}

TEST_F(store_couchdb_faults, AServerThatIsAwayStoresNothingAndComesBack)
{
    auto p = open(gate_.url());
    ASSERT_TRUE(wait(p->commit(change({}, "one", 1))));
    auto before = read(p);
    gate_.shut();
    EXPECT_FALSE(wait(p->load(0, "a")));
    EXPECT_EQ(wait(p->commit(change(before, "two", 2))).error(), store_failure::away);
    EXPECT_TRUE(p->trouble());
    gate_.open();
    EXPECT_TRUE(wait(p->commit(change(before, "two", 2))));
    EXPECT_FALSE(p->trouble());
}

TEST_F(store_couchdb_faults, AnUnknownOutcomeKeepsEveryoneFromTheDocumentUntilItIsKnown)
{
    home_.options().patience = milliseconds{2'000};
    auto p = open(gate_.url());
    ASSERT_TRUE(wait(p->commit(change({}, "one", 1))));
    for (bool arrives : {true, false}) {
        auto before = read(p);
        const auto next = static_cast<int>(before.envelope.counter("t").counter) + 1;
        if (arrives)
            gate_.cut_an_answer_and_shut();
        else
            gate_.cut_requests(1000);
        auto outcome = wait(p->commit(change(before, arrives ? "arrived" : "lost", next)));
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error(), store_failure::unknown);
        EXPECT_FALSE(wait(p->load(0, "a"))) << "nobody reads it before it is known";
        gate_.cut_requests(0);
        gate_.open();
        ASSERT_TRUE(couchdb_home::eventually([&] { return wait(p->load(0, "a")).has_value(); }));
        EXPECT_EQ(read(p).value, arrives ? "arrived" : before.value);
        EXPECT_EQ(read(p).revision == before.revision, !arrives);
        EXPECT_EQ(wait(p->pending(0, 9))->size(), static_cast<std::size_t>(arrives ? next : next - 1));
    }
}

TEST_F(store_couchdb_faults, FilingEventsAwayIsNoChangeToWhoReadTheDocument)
{
    auto writes = open(direct_);
    ASSERT_TRUE(wait(writes->commit(change({}, "one", 1))));
    auto before = read(writes);
    {
        auto files = open(direct_);
        EXPECT_THAT(bytes(*wait(files->pending(0, 9))), ElementsAre("1"));
        files->taken(files->tail());
    } // its end files and prunes them: the revision of CouchDB moves
    EXPECT_EQ(read(writes).revision, before.revision);
    EXPECT_TRUE(wait(writes->commit(change(before, "two", 2))));
    {
        auto later = open(direct_);
        EXPECT_THAT(bytes(*wait(later->pending(0, 9))), ElementsAre("2")) << "what was filed is not pending";
        EXPECT_THAT(bytes(*wait(later->history("a", 9))), ElementsAre("1", "2"));
    }
}

TEST_F(store_couchdb_faults, WhatWasFiledIsPrunedByItsAge)
{
    testing::manual_clock clock;
    home_.options().environment.clock = &clock;
    {
        auto files = open(direct_);
        ASSERT_TRUE(wait(files->commit(change({}, "one", 1))));
        clock.set(clock.now() + std::chrono::hours{2});
        ASSERT_TRUE(wait(files->commit(change(read(files), "two", 2))));
        files->taken(files->tail());
    } // its end files them
    auto p = open(direct_);
    EXPECT_EQ(wait(p->prune(UINT64_MAX, clock.now() - std::chrono::hours{3}, 9)), 0u);
    EXPECT_EQ(wait(p->prune(UINT64_MAX, clock.now() - std::chrono::hours{1}, 9)), 1u);
    EXPECT_THAT(bytes(*wait(p->history("a", 9))), ElementsAre("2"));
}

TEST_F(store_couchdb_faults, AnAnswerThatIsNoDocumentIsNoAnswer)
{
    auto p = open(gate_.url());
    ASSERT_TRUE(wait(p->commit(change({}, "one", 1))));
    auto before = read(p);
    gate_.answer_by_a_page(true);
    EXPECT_EQ(wait(p->load(0, "a")).error(), store_failure::away);
    EXPECT_EQ(wait(p->scan(0, "", 9)).error(), store_failure::away);
    EXPECT_EQ(wait(p->parked({}, {}, 9)).error(), store_failure::away);
    gate_.answer_by_a_page(false);
    EXPECT_TRUE(wait(p->commit(change(before, "two", 2))));
}

TEST_F(store_couchdb_faults, WhatADeadProcessLeftIsRelayedByAnother)
{
    auto lives = open(direct_, milliseconds{100});
    {
        auto dies = open(direct_);
        ASSERT_TRUE(wait(dies->commit(change({}, "one", 1))));
        ASSERT_TRUE(wait(dies->commit(change(read(dies), "two", 2))));
    }
    EXPECT_TRUE(couchdb_home::eventually([&] { return wait(lives->pending(0, 9))->size() == 2; }));
    EXPECT_THAT(bytes(*wait(lives->pending(0, 9))), ElementsAre("1", "2")) << "lowest first";
}

TEST_F(store_couchdb_faults, ALargeBacklogOfAnEarlierProcessComesPieceByPiece)
{
    constexpr std::size_t all = 1'700, most = 1'200;
    testing::manual_clock clock;
    home_.options().environment.clock = &clock;
    {
        auto earlier = open(direct_);
        for (std::size_t from = 0; from != all; from += 100) {
            std::vector<edm::commit> many;
            for (std::size_t i = from; i != from + 100; ++i) {
                many.push_back({.id = std::to_string(i), .value = "v", .envelope = {}});
                many.back().events.push_back(some_event("t", many.back().id, 1, "1"));
            }
            EXPECT_THAT(wait(earlier->commit_many(many)), Each(::testing::Ne(std::unexpected(store_failure::away))));
            clock.set(clock.now() + std::chrono::minutes{1});
        }
    }
    auto p = open(direct_);
    std::set<std::string> seen;
    EXPECT_TRUE(couchdb_home::eventually([&] {
        auto some = wait(p->pending(0, all)).value();
        EXPECT_LE(some.size(), most);
        for (const auto& e : some)
            seen.insert(e.event->key);
        if (!some.empty())
            p->taken(some.back().position);
        return seen.size() == all;
    }));
}

TEST_F(store_couchdb_faults, OfTwoProcessesOnOneDocumentEachCommitCountsOnce)
{
    if (!couchdb_home::real())
        GTEST_SKIP() << "not run: this server is no CouchDB, so its conflicts prove nothing";
    constexpr int rounds = 60;
    auto first = open(direct_), second = open(direct_);
    std::vector<std::thread> workers;
    for (auto* p : {&first, &second, &first, &second})
        workers.emplace_back([p] {
            for (int i = 0; i != rounds;) {
                auto before = wait((*p)->load(0, "a")).value();
                auto counter = before.envelope.counter("t").counter + 1;
                i += wait((*p)->commit(change(before, std::to_string(counter), static_cast<int>(counter)))).has_value();
                (*p)->taken((*p)->tail()); // and its events are filed away meanwhile
            }
        });
    for (auto& w : workers)
        w.join();
    EXPECT_EQ(read(first).value, std::to_string(4 * rounds));
    EXPECT_EQ(wait(first->history("a", 1000))->size(), 4u * rounds) << "each event is filed or pending, once";
}

TEST_F(store_couchdb_faults, WhatCannotBeOpenedIsOneLineThatNamesTheSetting)
{
    const auto refused = [this] {
        try {
            open(home_.options().url);
        } catch (const std::runtime_error& e) {
            return std::string{e.what()};
        }
        return std::string{"opened"};
    };
    const auto right = home_.options();
    // A name of its own: CouchDB locks out a user whose password was wrong a few times.
    home_.options().administrator = {random_source::system().hex(5), "wrong"};
    EXPECT_THAT(refused(), HasSubstr("COUCHDB_USER, COUCHDB_PASSWORD: "));
    home_.options() = right;
    home_.options().administrator = {};
    EXPECT_THAT(refused(), HasSubstr("COUCHDB_"));
    home_.options() = right;
    gate_.shut();
    home_.options().url = gate_.url();
    EXPECT_THAT(refused(), HasSubstr("EDM_COUCHDB_URL: "));
}

} // namespace

} // namespace edm::conformance
