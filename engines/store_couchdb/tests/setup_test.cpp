#include "setup.hpp"

#include "with_server.hpp"

#include <vector>

namespace edm::store_couchdb {

namespace {

/// A CouchDB in which everything is there, with as many copies of each document as it is told.
class cluster final : public web::handler
{
  public:
    task<web::response> handle(const web::request& r) override
    {
        web::response out;
        out.content_type = "application/json";
        if (r.path.find("/_view/") != r.path.npos && views++ < unanswered) {
            bool stopped = co_await callback<bool>([this](resumption<bool> done) { waiting.push_back(done); });
            EXPECT_TRUE(stopped);
        }
        if (r.path == "/things" && r.method == "GET")
            out.body = R"({"db_name":"things","cluster":{"q":2,"n":)" + std::to_string(copies) + "}}";
        else
            out.body = "{}";
        if (missing && r.path == "/things")
            out.status = 404;
        if (forbidden && r.path == "/things")
            out.status = 403;
        if (r.path == "/_users/org.couchdb.user%3Aapp") {
            if (r.method == "PUT")
                user = std::string{r.body};
            out.status = r.method == "GET" && user.empty() ? 404 : 200;
            out.body = user;
        }
        co_return out;
    }

    int copies = 1, views = 0, unanswered = 0;
    bool missing = false, forbidden = false;
    std::string user{};
    std::vector<resumption<bool>> waiting; ///< requests for a view that are answered too late
};

class couchdb_setup : public with_server<cluster>
{
  protected:
    /// What the set-up ends with; empty: all is well.
    std::string outcome(credentials application = {})
    {
        auto like = with(std::move(application));
        like.patience = patience_;
        like.administrator = administrator_;
        return await(ending(std::move(like)));
    }
    task<bool> release()
    {
        for (const auto& done : answers_.waiting)
            done(true);
        co_return true;
    }

    milliseconds patience_{5'000};
    credentials administrator_{};

  private:
    static task<std::string> ending(options with)
    {
        std::vector<wanted_database> wanted{{"things", "edm-documents-1"}};
        try {
            co_await make_sure(with, std::make_shared<session>(with, with.application), std::move(wanted));
        } catch (const std::exception& e) {
            co_return e.what();
        }
        co_return "";
    }
};

TEST_F(couchdb_setup, TakesAServerThatKeepsOneCopy)
{
    EXPECT_EQ(outcome(), "");
}

TEST_F(couchdb_setup, RefusesAServerThatKeepsSeveralCopies)
{
    answers_.copies = 3;
    EXPECT_EQ(outcome(),
              "EDM_COUCHDB_URL: the database things has 3 copies of each document (n); two writers could both "
              "be accepted, so n must be 1");
}

TEST_F(couchdb_setup, WaitsForAnIndexThatTakesLongerThanAnAnswerMay)
{
    patience_ = milliseconds{500};
    answers_.unanswered = 2;
    EXPECT_EQ(outcome(), "");
    EXPECT_GE(answers_.views, 3);
    await(release());
}

TEST_F(couchdb_setup, WithoutAnAdministratorWhatIsMissingIsNotMade)
{
    answers_.missing = true;
    EXPECT_EQ(outcome({"app", "word"}),
              "COUCHDB_USER: the database things is missing, and without an administrator it cannot be made");
}

TEST_F(couchdb_setup, WithoutAnAdministratorAUserWithoutTheRoleIsToldOf)
{
    answers_.forbidden = true;
    EXPECT_EQ(outcome({"app", "word"}),
              "COUCHDB_APP_USER: CouchDB answers 403 to a look at a database; the user app needs the role edm");
}

TEST_F(couchdb_setup, TheUserOfTheApplicationIsGivenTheRole)
{
    administrator_ = {"admin", "word"};
    EXPECT_EQ(outcome({"app", "word"}), "");
    EXPECT_EQ(answers_.user,
              R"({"_id":"org.couchdb.user:app","type":"user","name":"app","roles":["edm"],"password":"word"})");
    answers_.user =
        R"({"_id":"org.couchdb.user:app","_rev":"7-a","type":"user","name":"app","roles":["own"],"salt":"s"})";
    EXPECT_EQ(outcome({"app", "word"}), "");
    const std::string mended =
        R"({"_id":"org.couchdb.user:app","_rev":"7-a","type":"user","name":"app","roles":["own","edm"],"password":"word"})";
    EXPECT_EQ(answers_.user, mended);
    EXPECT_EQ(outcome({"app", "another"}), "");
    EXPECT_EQ(answers_.user, mended) << "who may log in and has the role is left alone";
}

} // namespace

} // namespace edm::store_couchdb
