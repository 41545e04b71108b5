#include "writes.hpp"

#include "rows.hpp"
#include "with_server.hpp"

#include <gmock/gmock.h>

namespace edm::store_couchdb {

namespace {

using ::testing::ElementsAre;

/// A database that takes every document but `c`, which is a conflict; a request of several it answers as it is told.
class database final : public web::handler
{
  public:
    task<web::response> handle(const web::request& r) override
    {
        web::response out;
        out.content_type = "application/json";
        out.status = 201;
        if (std::string_view{r.path}.ends_with("/_bulk_docs")) {
            seen.emplace_back(r.body);
            out.status = bulk_status;
            out.body = R"([{"id":"b","rev":"1-b"},{"id":"c","error":"conflict","reason":"."}])";
        } else {
            seen.push_back(std::string{r.method} + " " + std::string{r.path});
            if (std::string_view{r.path}.ends_with("/c"))
                out.status = 409;
            out.body = R"({"rev":"1-alone"})";
        }
        co_return out;
    }

    int bulk_status = 201;
    std::vector<std::string> seen;
};

class couchdb_writes : public with_server<database>
{
  protected:
    /// Begins a write of `a`, then, before it is answered, of `b`, `c` and `b` again; what became of each.
    std::vector<std::string> outcomes() { return await(all(with())); }

    bool together = true;

  private:
    struct progress
    {
        writes to;
        std::vector<std::string> ids, said;
        std::size_t left;
    };
    static task<> one(progress& p, std::size_t i, resumption<bool> done)
    {
        auto got = co_await p.to.write(0, p.ids[i], R"({"_id":")" + p.ids[i] + R"("})");
        p.said[i] = got ? std::to_string(got->status) + got->rev : "silence";
        if (--p.left == 0)
            done(true);
    }
    task<std::vector<std::string>> all(options with)
    {
        server s(with, credentials{});
        progress p{.to = writes(s, {"things"}), .ids = {"a", "b", "c", "b"}, .said = {"", "", "", ""}, .left = 4};
        if (together)
            p.to.begin_together();
        bool ended = co_await callback<bool>([&p](resumption<bool> done) {
            for (std::size_t i = 0; i != p.ids.size(); ++i)
                spawn(one(p, i, done));
        });
        EXPECT_TRUE(ended);
        co_return std::move(p.said);
    }
};

TEST_F(couchdb_writes, WhatWaitsGoesInOneRequestWithAnOutcomeEach)
{
    EXPECT_THAT(outcomes(), ElementsAre("2011-alone", "2011-b", "409", "2011-alone"));
    EXPECT_THAT(answers_.seen, ElementsAre("PUT /things/a", R"({"docs":[{"_id":"b"},{"_id":"c"}]})", "PUT /things/b"))
        << "two writes of one document never go together";
}

TEST_F(couchdb_writes, AServerThatIsNoCouchDBIsSentOneAfterTheOther)
{
    together = false;
    EXPECT_THAT(outcomes(), ElementsAre("2011-alone", "2011-alone", "409", "2011-alone"));
    EXPECT_THAT(answers_.seen, ElementsAre("PUT /things/a", "PUT /things/b", "PUT /things/c", "PUT /things/b"));
}

TEST_F(couchdb_writes, WhatIsTooLargeTogetherIsWrittenOneByOne)
{
    answers_.bulk_status = 413;
    EXPECT_THAT(outcomes(), ElementsAre("2011-alone", "2011-alone", "409", "2011-alone"));
    EXPECT_EQ(answers_.seen.size(), 5u);
}

TEST_F(couchdb_writes, ARequestThatFailedFailsForEachOfItsWrites)
{
    answers_.bulk_status = 500;
    EXPECT_THAT(outcomes(), ElementsAre("2011-alone", "500", "500", "2011-alone"));
}

} // namespace

} // namespace edm::store_couchdb
