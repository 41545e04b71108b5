#include "with_server.hpp"

#include <edm/testing/loop.hpp>

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
            if (locked) {
                out.status = 403;
                co_return out;
            }
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
        out.status = status;
        out.body = body;
        co_return out;
    }
    void expire()
    {
        std::lock_guard lock(mutex_);
        expired_ = true;
    }

    int log_ins = 0, refused = 0, status = 200;
    std::string body = R"({"ok":true})";
    bool renew = false, locked = false;

  private:
    std::mutex mutex_;
    std::string cookie_;
    bool expired_ = false;
};

class couchdb_server : public with_server<sessions>
{
  protected:
    couchdb_server() { with_.environment.clock = &clock_; }
    std::expected<answer, silence> ask(server& s) { return await(s.send("GET", "/recipe")); }
    void later() { clock_.set(clock_.now() + std::chrono::minutes{2}); }
    /// Asks each of these at once; how many were answered.
    int ask_at_once(std::vector<server*> all) { return await(at_once(std::move(all))); }

    testing::manual_clock clock_;
    options with_ = with();

  private:
    struct progress
    {
        std::size_t left;
        int answered = 0;
    };
    static task<> one(server& s, progress& p, resumption<bool> done)
    {
        auto got = co_await s.send("GET", "/recipe");
        p.answered += got.has_value();
        if (--p.left == 0)
            done(true);
    }
    static task<int> at_once(std::vector<server*> all)
    {
        progress p{.left = all.size()};
        bool ended = co_await callback<bool>([&](resumption<bool> done) {
            for (auto* s : all)
                spawn(one(*s, p, done));
        });
        EXPECT_TRUE(ended);
        co_return p.answered;
    }
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
    server s(with_, {"app", "guess"});
    EXPECT_EQ(ask(s).error(), silence::unsent) << "what was answered to the log-in is no answer to the request";
    ASSERT_TRUE(s.trouble());
    EXPECT_NE(s.trouble()->find("app"), std::string::npos);
    EXPECT_EQ(s.trouble()->find("guess"), std::string::npos);
}

TEST_F(couchdb_server, AfterARefusalNobodyLogsInForAWhile)
{
    auto common = std::make_shared<session>(with_, credentials{"app", "guess"});
    server one(with_, common), other(with_, common);
    EXPECT_EQ(ask_at_once({&one, &other, &one, &other}), 0);
    EXPECT_EQ(ask_at_once({&one, &other}), 0);
    EXPECT_EQ(answers_.log_ins, 1) << "CouchDB locks a user out who tries too often, and its neighbours too";
    EXPECT_TRUE(one.trouble());
    EXPECT_TRUE(other.trouble());
    later();
    EXPECT_EQ(ask(one).error(), silence::unsent);
    EXPECT_EQ(answers_.log_ins, 2);
}

TEST_F(couchdb_server, AUserWhoIsLockedOutIsInTroubleUntilItIsNot)
{
    server s(with_, {"app", "secret \" word"});
    EXPECT_EQ(ask(s)->status, 200);
    answers_.expire();
    answers_.locked = true;
    for (int i = 0; i != 2; ++i) {
        EXPECT_EQ(ask(s).error(), silence::unsent);
        EXPECT_TRUE(s.trouble());
    }
    EXPECT_EQ(answers_.log_ins, 2);
    answers_.locked = false;
    later();
    EXPECT_EQ(ask(s)->status, 200);
    EXPECT_FALSE(s.trouble());
}

TEST_F(couchdb_server, WhoeverNeedsASessionFirstLogsInForAll)
{
    auto common = std::make_shared<session>(with_, credentials{"app", "secret \" word"});
    server one(with_, common), other(with_, common);
    EXPECT_EQ(ask_at_once({&one, &other, &one, &other}), 4);
    EXPECT_EQ(answers_.log_ins, 1);
}

TEST_F(couchdb_server, IsInTroubleUntilARequestIsDone)
{
    server s(with_, {"app", "secret \" word"});
    for (int refusal : {401, 403, 500}) {
        answers_.status = refusal;
        ask(s);
        EXPECT_TRUE(s.trouble()) << refusal;
        answers_.status = 400;
        ask(s);
        EXPECT_TRUE(s.trouble()) << "nothing is known of the next request";
        answers_.status = 404;
        answers_.body = R"({"error":"not_found","reason":"Database does not exist."})";
        ask(s);
        EXPECT_TRUE(s.trouble());
        answers_.body = R"({"error":"not_found","reason":"missing"})";
        ask(s);
        EXPECT_FALSE(s.trouble());
    }
}

TEST_F(couchdb_server, AServerThatIsNotThereKnowsNothingOfTheRequest)
{
    auto nowhere = with();
    nowhere.url = "http://127.0.0.1:1";
    server s(nowhere, credentials{});
    EXPECT_EQ(ask(s).error(), silence::unsent);
    EXPECT_TRUE(s.trouble());
}

} // namespace

} // namespace edm::store_couchdb
