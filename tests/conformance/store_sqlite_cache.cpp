// What the store keeps in memory never differs from its file: after a commit of unknown outcome, after subscriptions
// were renamed, after databases were declared in another order.

#include "stores.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace edm::conformance {

namespace {

class sqlite_cache : public sqlite_file
{
  protected:
    store& open(std::vector<database_schema> databases = {{"things", {}}, {"others", {}}})
    {
        return sqlite_file::open(std::move(databases));
    }
    /// Commits over what is there, with the mark.
    stored<revision> put(std::string id, std::string value, std::string subscription, sequence at)
    {
        auto before = wait(store_->load(0, id)).value();
        edm::commit c{.id = std::move(id), .expected = before.revision, .value = std::move(value), .envelope = {}};
        c.marks = {{std::move(subscription), "k", at}};
        return wait(store_->commit(std::move(c)));
    }
    sequence mark_of(std::string_view id, std::string_view subscription)
    {
        return wait(store_->load(0, std::string{id}, {subscription, "k"})).value().mark;
    }
    /// Changes the file behind the store's back: what is read from the file then differs from what is held.
    void change_file(const char* sql)
    {
        sqlite3* db = nullptr;
        ASSERT_EQ(sqlite3_open_v2(file().c_str(), &db, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK);
        ASSERT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
        sqlite3_close(db);
    }
};

using write_function = ssize_t (*)(int, const void*, size_t, off_t);
std::atomic<int> writes{0};    ///< since the count began
std::atomic<int> fails_at{-1}; ///< the write that reaches the file and says that it did not; -1: none
write_function real_write = nullptr;

ssize_t lying_write(int file, const void* bytes, size_t size, off_t at)
{
    auto done = real_write(file, bytes, size, at);
    if (writes.fetch_add(1) + 1 != fails_at.load())
        return done;
    errno = EIO;
    return -1;
}

/// Replaces SQLite's write while it lives, so that a disk can fail after it has stored everything.
class lying_disk
{
  public:
    lying_disk()
    {
        vfs_ = sqlite3_vfs_find("unix");
        for (const auto* name : {"pwrite64", "pwrite"})
            if (!real_write && vfs_->xGetSystemCall(vfs_, name)) {
                name_ = name;
                real_write = reinterpret_cast<write_function>(vfs_->xGetSystemCall(vfs_, name));
            }
        writes = 0;
        vfs_->xSetSystemCall(vfs_, name_, reinterpret_cast<sqlite3_syscall_ptr>(lying_write));
    }
    ~lying_disk()
    {
        vfs_->xSetSystemCall(vfs_, name_, nullptr);
        fails_at = -1;
        real_write = nullptr;
    }
    lying_disk(const lying_disk&) = delete;

  private:
    sqlite3_vfs* vfs_;
    const char* name_ = nullptr;
};

TEST_F(sqlite_cache, ACommitOfUnknownOutcomeIsReadFromTheFile)
{
    auto& s = open();
    ASSERT_TRUE(put("a", "one", "s.view", {1, 1}));
    lying_disk disk;
    ASSERT_TRUE(put("a", "two", "s.view", {1, 2}));
    const int of_a_commit = writes.load();
    ASSERT_GT(of_a_commit, 0);
    writes = 0;
    fails_at = of_a_commit; // the last one: the file holds the whole commit, and the store was told that it failed
    auto outcome = put("a", "six", "s.view", {1, 3});
    ASSERT_FALSE(outcome);
    ASSERT_EQ(outcome.error(), store_failure::unknown);
    auto found = wait(s.load(0, "a", {"s.view", "k"})).value();
    EXPECT_EQ(found.value, "six") << "what was held before the unknown outcome is void";
    EXPECT_EQ(found.mark, (sequence{1, 3})) << "the event would be applied twice";
    EXPECT_TRUE(put("a", "seven", "s.view", {1, 4})) << "the revision that was read is the file's";
}

TEST_F(sqlite_cache, ACommitIsHeldSoThatTheFileIsNotRead)
{
    auto& s = open();
    ASSERT_TRUE(put("a", "one", "s.view", {1, 1}));
    change_file("UPDATE document SET value = 'changed'");
    EXPECT_EQ(wait(s.load(0, "a"))->value, "one");
    EXPECT_EQ(wait(s.load(0, "a", {"s.view", "other"}))->value, "changed") << "with a mark that is not held, the file";
    open();
    EXPECT_EQ(wait(store_->load(0, "a"))->value, "changed") << "nothing is held from one opening to the next";
}

TEST_F(sqlite_cache, ARenamedSubscriptionsMarksAreTheFiles)
{
    auto& s = open();
    ASSERT_TRUE(put("a", "one", "s.old", {1, 7}));
    ASSERT_EQ(mark_of("a", "s.old"), (sequence{1, 7}));
    ASSERT_TRUE(wait(s.adopt("s.new", {"s.old"})));
    EXPECT_EQ(mark_of("a", "s.new"), (sequence{1, 7}));
    EXPECT_EQ(mark_of("a", "s.old"), sequence{}) << "the name has no marks any more";
}

TEST_F(sqlite_cache, AMarkThatIsHeldGivesWayToTheHigherOneThatItsFormerNameHad)
{
    auto& s = open();
    ASSERT_TRUE(put("a", "one", "s.old", {1, 7}));
    ASSERT_TRUE(put("a", "two", "s.new", {1, 3}));
    ASSERT_EQ(mark_of("a", "s.new"), (sequence{1, 3}));
    ASSERT_TRUE(wait(s.adopt("s.new", {"s.old"})));
    EXPECT_EQ(mark_of("a", "s.new"), (sequence{1, 7})) << "events 4 to 7 would be applied twice";
    EXPECT_EQ(mark_of("a", "s.old"), sequence{});
    ASSERT_TRUE(put("a", "three", "s.new", {1, 8}));
    EXPECT_EQ(mark_of("a", "s.new"), (sequence{1, 8}));
}

TEST_F(sqlite_cache, DatabasesInAnotherOrderAreReadAsTheirOwn)
{
    open({{"things", {}}, {"others", {}}});
    ASSERT_TRUE(put("a", "a thing", "s.view", {1, 1}));
    ASSERT_EQ(wait(store_->load(0, "a"))->value, "a thing");
    open({{"others", {}}, {"things", {}}});
    EXPECT_EQ(wait(store_->load(0, "a"))->value, std::nullopt);
    EXPECT_EQ(wait(store_->load(1, "a", {"s.view", "k"}))->value, "a thing");
    EXPECT_EQ(wait(store_->load(1, "a", {"s.view", "k"}))->mark, (sequence{1, 1}));
}

} // namespace

} // namespace edm::conformance
