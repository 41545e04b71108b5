#include "with_server.hpp"

#include <mutex>
#include <vector>

namespace edm::store_couchdb {

namespace {

/// As much of CouchDB as a session needs: it takes one password, and cookies until they expire.
class sessions final : public web::handler
{
  public:
    task<web::response> handle(const web::request& r) override
    {
        std::lock_guard lock(mutex_);
        web::response out;
        out.content_type = "application/json";
        if (r.method == "POST") {
            ++log_ins;
            if (r.body != R"({"name":"app","password":"secret \" word"})") {
                out.status = 401;
                co_return out;
            }
            cookie_ = "AuthSession=" + std::to_string(log_ins);
            out.headers.emplace_back("Set-Cookie", cookie_ + "; Version=1; Path=/; HttpOnly");
            out.body = "{}";
            co_return out;
        }
        auto sent = r.header("cookie");
        if (expired_ || !sent || *sent != cookie_) {
            expired_ = false;
            ++refused;
            out.status = 401;
            co_return out;
        }
        if (renew) {
            renew = false;
            cookie_ = "AuthSession=renewed";
            out.headers.emplace_back("Set-Cookie", cookie_ + "; Path=/");
        }
        out.body = R"({"ok":true})";
        co_return out;
    }
    void expire()
    {
        std::lock_guard lock(mutex_);
        expired_ = true;
    }

    int log_ins = 0, refused = 0;
    bool renew = false;

  private:
    std::mutex mutex_;
    std::string cookie_;
    bool expired_ = false;
};

class couchdb_server : public with_server<sessions>
{
  protected:
    std::expected<answer, silence> ask(server& s) { return await(s.send("GET", "/recipe")); }
};

TEST_F(couchdb_server, LogsInOnceAndKeepsItsSession)
{
    server s(with(), {"app", "secret \" word"});
    for (int i = 0; i != 3; ++i)
        EXPECT_EQ(ask(s)->status, 200);
    EXPECT_EQ(answers_.log_ins, 1);
    EXPECT_EQ(answers_.refused, 0) << "nothing is sent without a session";
    EXPECT_FALSE(s.trouble());
}

TEST_F(couchdb_server, ASessionThatExpiredIsMadeAnew)
{
    server s(with(), {"app", "secret \" word"});
    EXPECT_EQ(ask(s)->status, 200);
    answers_.expire();
    EXPECT_EQ(ask(s)->status, 200);
    EXPECT_EQ(answers_.log_ins, 2);
}

TEST_F(couchdb_server, ACookieThatIsRenewedReplacesTheOldOne)
{
    server s(with(), {"app", "secret \" word"});
    EXPECT_EQ(ask(s)->status, 200);
    answers_.renew = true;
    EXPECT_EQ(ask(s)->status, 200);
    EXPECT_EQ(ask(s)->status, 200) << "only the new one is taken";
    EXPECT_EQ(answers_.log_ins, 1);
}

TEST_F(couchdb_server, AWrongPasswordIsToldWithoutIt)
{
    server s(with(), {"app", "guess"});
    EXPECT_EQ(ask(s)->status, 401);
    ASSERT_TRUE(s.trouble());
    EXPECT_NE(s.trouble()->find("app"), std::string::npos);
    EXPECT_EQ(s.trouble()->find("guess"), std::string::npos);
    EXPECT_EQ(answers_.log_ins, 1) << "CouchDB locks a user out who tries too often";
}

TEST_F(couchdb_server, AServerThatIsNotThereKnowsNothingOfTheRequest)
{
    auto nowhere = with();
    nowhere.url = "http://127.0.0.1:1";
    server s(nowhere, {});
    EXPECT_EQ(ask(s).error(), silence::unsent);
    EXPECT_TRUE(s.trouble());
}

} // namespace

} // namespace edm::store_couchdb
