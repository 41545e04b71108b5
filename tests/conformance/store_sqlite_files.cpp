#include "stores.hpp"

#include <edm/testing/loop.hpp>

#include <sqlite3.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <future>
#include <mutex>

namespace edm::conformance {

namespace {

/// What only a store of real files can show.
class sqlite_files : public sqlite_file
{
  protected:
    store& open(store_sqlite::options o = {}) { return sqlite_file::open({{"things", {}}}, std::move(o)); }
    static edm::commit create(std::string id, std::string value = "v")
    {
        return {.id = std::move(id), .value = std::move(value), .envelope = {}};
    }
    std::string integrity() const
    {
        sqlite3* db = nullptr;
        sqlite3_open_v2(file().c_str(), &db, SQLITE_OPEN_READWRITE, nullptr);
        std::string answer = "nothing";
        sqlite3_exec(
            db, "PRAGMA integrity_check",
            [](void* out, int, char** values, char**) {
                *static_cast<std::string*>(out) = values[0];
                return 0;
            },
            &answer, nullptr);
        sqlite3_close(db);
        return answer;
    }
};

/// Limits the size of files that this process writes; SIGXFSZ is ignored, so that writes fail instead.
class file_size_limit
{
  public:
    explicit file_size_limit(rlim_t most)
    {
        old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        rlimit limit{most, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~file_size_limit() { lift(); }
    void lift()
    {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, old_handler_);
    }

  private:
    rlimit before_{};
    void (*old_handler_)(int);
};

TEST_F(sqlite_files, AStoreNeedsNothingOfTheEngineThatOpenedIt)
{
    auto& store = open();
    engine_.reset();
    // Whatever comes to lie where the engine lay: zeros would make every group of commits empty, for ever.
    std::vector<std::unique_ptr<std::byte[]>> over_it;
    for (int again = 0; again != 32; ++again)
        for (std::size_t size = 16; size != 256; size += 8)
            over_it.push_back(std::make_unique<std::byte[]>(size));
    EXPECT_TRUE(wait(store.commit(create("one"))).has_value());
    EXPECT_EQ(wait(store.load(0, "one")).value().value, "v");
}

TEST_F(sqlite_files, CommitsThatWaitTogetherShareASync)
{
    auto& s = open();
    auto before = s.counted();
    std::vector<edm::commit> many;
    for (int i = 0; i != 900; ++i) {
        many.push_back(create("d" + std::to_string(i)));
        many.back().events.push_back(some_event("t", "d" + std::to_string(i), 1));
    }
    wait(s.commit_many(std::move(many)));
    auto after = s.counted();
    EXPECT_EQ(after.commits - before.commits, 900u);
    EXPECT_EQ(after.events - before.events, 900u);
    EXPECT_EQ(after.syncs - before.syncs, 1u);
    wait(s.commit(create("alone")));
    EXPECT_EQ(s.counted().syncs - after.syncs, 1u) << "a commit alone has a sync of its own";
}

TEST_F(sqlite_files, AGroupHasALimit)
{
    auto& s = open({.group_limit = 10});
    auto before = s.counted().syncs;
    std::vector<edm::commit> many;
    for (int i = 0; i != 95; ++i)
        many.push_back(create("d" + std::to_string(i)));
    wait(s.commit_many(std::move(many)));
    EXPECT_EQ(s.counted().syncs - before, 10u);
}

TEST_F(sqlite_files, AFileThatWasRemovedIsAwayAndNeverASuccess)
{
    auto& s = open();
    ASSERT_TRUE(wait(s.commit(create("a"))));
    std::filesystem::remove(file());
    auto outcome = wait(s.commit(create("b")));
    ASSERT_FALSE(outcome);
    EXPECT_TRUE(outcome.error() == store_failure::away || outcome.error() == store_failure::unknown);
    EXPECT_TRUE(s.trouble());
    auto read = wait(s.load(0, "a"));
    ASSERT_FALSE(read) << "nobody reads what is no longer on the disk";
    EXPECT_EQ(read.error(), store_failure::away);
    EXPECT_EQ(wait(s.commit(create("c"))).error(), store_failure::away);
}

TEST_F(sqlite_files, AStoreThatWasAwayComesBackByItself)
{
    auto& s = open();
    ASSERT_TRUE(wait(s.commit(create("a"))));
    std::promise<void> back;
    auto is_back = back.get_future();
    std::once_flag once;
    s.on_committed([&] { std::call_once(once, [&] { back.set_value(); }); });
    auto aside = home_.path() / "aside";
    std::filesystem::rename(file(), aside);
    ASSERT_FALSE(wait(s.commit(create("b"))));
    ASSERT_FALSE(wait(s.load(0, "a")));
    std::filesystem::rename(aside, file());
    // No write asks for it: the writer looks again of itself, and says so.
    is_back.wait();
    EXPECT_FALSE(s.trouble());
    EXPECT_EQ(wait(s.load(0, "a"))->value, "v");
    EXPECT_EQ(wait(s.load(0, "b"))->revision, "") << "a commit that failed stored nothing";
    EXPECT_TRUE(wait(s.commit(create("b"))));
    close();
    EXPECT_EQ(integrity(), "ok");
}

TEST_F(sqlite_files, AFullDiskIsFullAndStoresNothing)
{
    auto& s = open();
    ASSERT_TRUE(wait(s.commit(create("a"))));
    s.note("cursor/x", 4);
    {
        file_size_limit limit(2'000'000);
        auto outcome = wait(s.commit(create("big", std::string(8'000'000, 'x'))));
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error(), store_failure::full);
        EXPECT_TRUE(s.trouble());
        EXPECT_EQ(wait(s.load(0, "a"))->value, "v") << "what is stored can be read";
        EXPECT_EQ(wait(s.load(0, "big"))->revision, "");
        EXPECT_TRUE(wait(s.commit(create("small")))) << "what has room is stored";
        EXPECT_FALSE(s.trouble());
    }
    ASSERT_TRUE(wait(s.commit(create("big", std::string(8'000'000, 'x')))));
    EXPECT_EQ(wait(s.load(0, "big"))->value->size(), 8'000'000u);
    close();
    EXPECT_EQ(integrity(), "ok");
    EXPECT_EQ(open().noted_on_disk("cursor/x"), 4);
    EXPECT_EQ(open().noted("cursor/x"), 4) << "a note that rode on a commit that failed is not forgotten";
}

TEST_F(sqlite_files, LittleFreeSpaceIsSaidAndRefusesNoCommit)
{
    std::optional<std::uint64_t> free = 1000;
    std::filesystem::path asked;
    auto& s = open({.least_free = 1000, .free_space = [&](const std::filesystem::path& where) {
                        asked = where;
                        return free;
                    }});
    EXPECT_FALSE(s.short_of_room());
    EXPECT_EQ(asked, home_.path());
    free = 999;
    EXPECT_TRUE(s.short_of_room());
    EXPECT_TRUE(wait(s.commit(create("a")))) << "event handlers commit as long as there is room";
    free = 5000;
    EXPECT_FALSE(s.short_of_room());
    free.reset();
    EXPECT_FALSE(s.short_of_room()) << "what cannot be told refuses nobody";
    close();
    EXPECT_FALSE(open({.least_free = 1}).short_of_room()) << "asks the file system";
    close();
    EXPECT_TRUE(open({.least_free = UINT64_MAX}).short_of_room());
}

TEST_F(sqlite_files, NamesThatWereRolledBackAreNumberedAnew)
{
    auto& s = open();
    {
        file_size_limit limit(1'000'000);
        auto big = create("a", std::string(8'000'000, 'x'));
        big.events.push_back(some_event("first-topic", "a", 1));
        big.marks.push_back({"first.subscription", "k", {1, 1}});
        ASSERT_EQ(wait(s.commit(big)).error(), store_failure::full);
    }
    auto c = create("a");
    c.events.push_back(some_event("second-topic", "a", 1));
    c.events.push_back(some_event("first-topic", "a", 1));
    c.marks = {{"second.subscription", "k", {1, 2}}, {"first.subscription", "k", {1, 1}}};
    ASSERT_TRUE(wait(s.commit(c)));
    close();
    auto& again = open();
    auto events = wait(again.pending(0, 9)).value();
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(events[0].event->topic, "second-topic");
    EXPECT_EQ(events[1].event->topic, "first-topic");
    EXPECT_EQ(wait(again.load(0, "a", {"first.subscription", "k"}))->mark, (sequence{1, 1}));
    EXPECT_EQ(wait(again.load(0, "a", {"second.subscription", "k"}))->mark, (sequence{1, 2}));
}

TEST_F(sqlite_files, PendingReadsTheFileWhereMemoryDoesNotReachBack)
{
    auto& s = open({.recent_events = 4});
    for (std::uint64_t i = 1; i != 21; ++i) {
        auto c = create("d" + std::to_string(i));
        c.events.push_back(some_event("t", c.id, 1, std::to_string(i)));
        ASSERT_TRUE(wait(s.commit(std::move(c))));
    }
    for (std::uint64_t from = 0; from != 21; ++from) {
        auto page = wait(s.pending(from, 3)).value();
        ASSERT_EQ(page.size(), std::min<std::size_t>(3, 20 - from)) << from;
        for (std::size_t i = 0; i != page.size(); ++i) {
            EXPECT_EQ(page[i].position, from + i + 1);
            EXPECT_EQ(page[i].event->bytes, std::to_string(from + i + 1));
        }
    }
}

TEST_F(sqlite_files, PruningKeepsTheLastPosition)
{
    auto& s = open();
    for (std::uint64_t i = 1; i != 11; ++i) {
        auto c = create("d" + std::to_string(i));
        c.events.push_back(some_event("t", c.id, 1));
        ASSERT_TRUE(wait(s.commit(std::move(c))));
    }
    auto long_from_now = time_point{std::chrono::sys_days{std::chrono::year{2100} / 1 / 1}};
    EXPECT_EQ(wait(s.prune(10, time_point{}, 100)).value(), 0u) << "none is old enough";
    EXPECT_EQ(wait(s.prune(4, long_from_now, 3)).value(), 3u);
    EXPECT_EQ(wait(s.prune(4, long_from_now, 3)).value(), 1u);
    EXPECT_EQ(wait(s.prune(10, long_from_now, 100)).value(), 5u);
    close();
    auto& again = open();
    EXPECT_EQ(again.tail(), 10u);
    EXPECT_EQ(wait(again.pending(0, 100))->size(), 1u);
    auto c = create("next");
    c.events.push_back(some_event("t", "next", 1));
    ASSERT_TRUE(wait(again.commit(std::move(c))));
    EXPECT_EQ(again.tail(), 11u);
}

TEST_F(sqlite_files, TheAgeOfEventsIsOfTheGivenClock)
{
    testing::manual_clock clock;
    const auto began = clock.now();
    auto& s = open({.clock = &clock});
    for (int i = 0; i != 4; ++i) {
        auto c = create("d" + std::to_string(i));
        c.events.push_back(some_event("t", c.id, 1));
        ASSERT_TRUE(wait(s.commit(std::move(c))));
        clock.set(clock.now() + std::chrono::hours{24});
    }
    EXPECT_EQ(wait(s.prune(4, began, 100)).value(), 0u);
    EXPECT_EQ(wait(s.prune(4, began + std::chrono::hours{25}, 100)).value(), 2u);
    EXPECT_EQ(wait(s.prune(4, began + std::chrono::hours{49}, 100)).value(), 1u);
}

TEST_F(sqlite_files, AnOrderlyEndLeavesNoLogBehind)
{
    auto& s = open();
    for (int i = 0; i != 50; ++i)
        ASSERT_TRUE(wait(s.commit(create("d" + std::to_string(i), std::string(10'000, 'x')))));
    close();
    auto wal = file();
    wal += "-wal";
    EXPECT_TRUE(!std::filesystem::exists(wal) || std::filesystem::file_size(wal) == 0);
    EXPECT_EQ(integrity(), "ok");
}

TEST_F(sqlite_files, AFileThatIsNoDatabaseIsRefusedInOneLine)
{
    std::ofstream(file()) << std::string(4096, 'x');
    try {
        open();
        FAIL() << "it was opened";
    } catch (const std::runtime_error& e) {
        EXPECT_NE(std::string{e.what()}.find("shop.sqlite"), std::string::npos);
        EXPECT_EQ(std::string{e.what()}.find('\n'), std::string::npos);
    }
}

} // namespace

} // namespace edm::conformance
