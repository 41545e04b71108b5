// A service that declares its databases differently than the program that wrote the file.

#include "stores.hpp"

#include <algorithm>

namespace edm::conformance {

namespace {

class sqlite_databases : public sqlite_file
{
  protected:
    void open(const std::vector<std::string>& names)
    {
        names_ = names;
        std::vector<database_schema> declared;
        for (const auto& name : names)
            declared.push_back({name, {"colour"}});
        sqlite_file::open(std::move(declared));
    }
    db_id at(const std::string& name) const
    {
        return static_cast<db_id>(std::ranges::find(names_, name) - names_.begin());
    }
    void write(const std::string& database, const std::string& id)
    {
        edm::commit c{.db = at(database), .id = id, .value = database, .envelope = {}};
        c.envelope.due.push_back({.id = "later", .kind = "call", .at = 1000, .payload = "{}"});
        c.due_changed = true;
        c.index = {{"colour", "red"}};
        c.indexed = true;
        ASSERT_TRUE(wait(store_->commit(std::move(c))));
    }
    /// The value of a document; then what is found by its index; then the documents with due work.
    std::string read(const std::string& database, const std::string& id)
    {
        auto text = wait(store_->load(at(database), id, {}))->value.value_or("(none)");
        const auto found = wait(store_->find(at(database), "colour", "red", "", 10)).value();
        for (const auto& one : found)
            text += " " + one.id;
        const auto due = wait(store_->due_before(2000, 10)).value();
        for (const auto& one : due)
            if (one.db == at(database))
                text += " due " + one.document;
        return text;
    }

    std::vector<std::string> names_;
};

TEST_F(sqlite_databases, OneThatIsAddedInFrontTakesNobodysDocuments)
{
    open({"things", "access"});
    write("things", "a");
    write("access", "b");
    open({"things", "names", "access"});
    EXPECT_EQ(read("things", "a"), "things a due a");
    EXPECT_EQ(read("names", "b"), "(none)");
    EXPECT_EQ(read("access", "b"), "access b due b");
    write("names", "b");
    EXPECT_EQ(read("names", "b"), "names b due b");
}

TEST_F(sqlite_databases, TheirOrderDoesNotMatter)
{
    open({"things", "names", "access"});
    write("things", "a");
    write("names", "a");
    write("access", "a");
    open({"access", "things", "names"});
    for (const auto* name : {"things", "names", "access"})
        EXPECT_EQ(read(name, "a"), std::string{name} + " a due a");
    open({"things", "names", "access"});
    for (const auto* name : {"things", "names", "access"})
        EXPECT_EQ(read(name, "a"), std::string{name} + " a due a");
}

TEST_F(sqlite_databases, OneThatIsNotDeclaredForAWhileKeepsItsDocuments)
{
    open({"things", "names", "access"});
    write("names", "a");
    write("access", "b");
    open({"access"});
    EXPECT_EQ(read("access", "b"), "access b due b");
    open({"more", "names", "access"});
    EXPECT_EQ(read("names", "a"), "names a due a");
    EXPECT_EQ(read("access", "b"), "access b due b");
    EXPECT_EQ(read("more", "a"), "(none)");
}

} // namespace

} // namespace edm::conformance
