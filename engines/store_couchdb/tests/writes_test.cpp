#include "writes.hpp"

#include "rows.hpp"
#include "with_server.hpp"

#include <gmock/gmock.h>

namespace edm::store_couchdb {

namespace {

using ::testing::ElementsAre;

/// A database that takes every document but `c`, which is a conflict, and what is too large for it.
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
            out.status = seen.back().find(too_large) != seen.back().npos ? 413 : bulk_status;
            out.body = rows_of(seen.back());
        } else {
            seen.push_back(std::string{r.method} + " " + std::string{r.path});
            if (std::string_view{r.path}.ends_with("/c"))
                out.status = 409;
            out.body = R"({"rev":"1-alone"})";
        }
        co_return out;
    }

    int bulk_status = 201;
    std::string too_large = "-";
    std::vector<std::string> seen;

  private:
    /// The ids are letters.
    static std::string rows_of(std::string_view body)
    {
        constexpr std::string_view before = R"("_id":")";
        std::string rows;
        for (auto at = body.find(before); at != body.npos; at = body.find(before, at + 1)) {
            const std::string id{body[at + before.size()]};
            rows += rows.empty() ? "[" : ",";
            rows += R"({"id":")" + id + (id == "c" ? R"(","error":"conflict"})" : R"(","rev":"1-)" + id + R"("})");
        }
        return rows + "]";
    }
};

class couchdb_writes : public with_server<database>
{
  protected:
    /// Begins a write of `a`, then, before it is answered, of `b`, `c` and `b` again; what became of each.
    std::vector<std::string> outcomes() { return await(all(with())); }
    /// The status of each of these, written together.
    std::vector<int> statuses(std::vector<std::string> ids) { return await(together_at_once(with(), std::move(ids))); }

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
    static task<std::vector<int>> together_at_once(options with, std::vector<std::string> ids)
    {
        server s(with, credentials{});
        for (auto& id : ids)
            id = R"({"_id":")" + id + R"("})";
        auto rows = co_await write_documents(s, "things", std::move(ids));
        std::vector<int> out;
        for (const auto& r : rows.value())
            out.push_back(status_of(r));
        co_return out;
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

TEST_F(couchdb_writes, WhatIsTooLargeIsTakenApartFromTheOthers)
{
    answers_.too_large = "b";
    EXPECT_THAT(outcomes(), ElementsAre("2011-alone", "413", "409", "2011-alone"));
    answers_.too_large = "z";
    EXPECT_THAT(statuses({"a", "b", "c", "z", "e"}), ElementsAre(201, 201, 409, 413, 201)) << "in their order";
}

TEST_F(couchdb_writes, ARequestThatFailedFailsForEachOfItsWrites)
{
    answers_.bulk_status = 500;
    EXPECT_THAT(outcomes(), ElementsAre("2011-alone", "silence", "silence", "2011-alone"));
}

} // namespace

} // namespace edm::store_couchdb
