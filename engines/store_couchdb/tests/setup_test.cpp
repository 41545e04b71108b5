#include "setup.hpp"

#include <edm/web/server.hpp>

#include <gtest/gtest.h>

#include <future>

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
        if (r.path == "/things" && r.method == "GET")
            out.body = R"({"db_name":"things","cluster":{"q":2,"n":)" + std::to_string(copies) + "}}";
        else
            out.body = "{}";
        if (missing && r.path == "/things")
            out.status = 404;
        co_return out;
    }

    int copies = 1;
    bool missing = false;
};

class couchdb_setup : public ::testing::Test
{
  protected:
    couchdb_setup()
    {
        contexts_.start();
        port_ = web_.listen("127.0.0.1", 0);
    }
    ~couchdb_setup() override
    {
        web_.stop(std::chrono::seconds{1});
        contexts_.stop();
        contexts_.join();
    }
    /// What the set-up ends with; empty: all is well.
    std::string outcome(credentials application = {})
    {
        options with{.contexts = &contexts_,
                     .url = "http://127.0.0.1:" + std::to_string(port_),
                     .application = std::move(application)};
        std::promise<std::string> out;
        auto got = out.get_future();
        spawn([](options with, executor& on, std::promise<std::string> out) -> task<> {
            co_await switch_to(on);
            std::string why;
            try {
                std::vector<wanted_database> wanted{{"things", "edm-documents-1"}};
                co_await make_sure(with, std::move(wanted));
            } catch (const std::exception& e) {
                why = e.what();
            }
            out.set_value(why);
        }(with, contexts_.at(0), std::move(out)));
        return got.get();
    }

    web::contexts contexts_{1};
    cluster cluster_;
    web::server web_{contexts_, cluster_};
    std::uint16_t port_ = 0;
};

TEST_F(couchdb_setup, TakesAServerThatKeepsOneCopy)
{
    EXPECT_EQ(outcome(), "");
}

TEST_F(couchdb_setup, RefusesAServerThatKeepsSeveralCopies)
{
    cluster_.copies = 3;
    EXPECT_EQ(outcome(),
              "EDM_COUCHDB_URL: the database things has 3 copies of each document (n); two writers could both "
              "be accepted, so n must be 1");
}

TEST_F(couchdb_setup, WithoutAnAdministratorWhatIsMissingIsNotMade)
{
    cluster_.missing = true;
    EXPECT_EQ(outcome({"app", "word"}),
              "COUCHDB_USER: the database things is missing, and without an administrator it cannot be made");
}

} // namespace

} // namespace edm::store_couchdb
