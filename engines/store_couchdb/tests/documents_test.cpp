#include "documents.hpp"

#include "with_server.hpp"

#include <gmock/gmock.h>

namespace edm::store_couchdb {

namespace {

using ::testing::Each;

/// A CouchDB without documents whose disk is full.
class full_disk final : public web::handler
{
  public:
    task<web::response> handle(const web::request& r) override
    {
        const std::string_view path{r.path};
        web::response out;
        out.content_type = "application/json";
        if (path.ends_with("/_bulk_docs")) {
            out.status = bulk_status;
            out.body = R"([{"id":"d:b","error":"insufficent_storage","reason":"."},)"
                       R"({"id":"d:c","error":"insufficent_storage","reason":"."}])";
        } else if (r.method == "PUT") {
            out.status = 507;
            out.body = "{}";
        } else if (path == "/") {
            out.body = R"({"couchdb":"Welcome"})";
        } else {
            out.status = 404;
            out.body = R"({"error":"not_found","reason":"missing"})";
        }
        co_return out;
    }

    int bulk_status = 201;
};

class couchdb_documents : public with_server<full_disk>
{
  protected:
    using outcome = stored<revision>;

    couchdb_documents() { EXPECT_TRUE(await(docs_->open())); }
    static edm::commit a_commit(std::string id) { return {.id = std::move(id), .value = "v", .envelope = {}}; }
    task<std::vector<outcome>> each(std::vector<std::string> ids)
    {
        std::vector<outcome> all(ids.size());
        auto left = ids.size();
        bool ended = co_await callback<bool>([&](resumption<bool> done) {
            for (std::size_t i = 0; i != ids.size(); ++i)
                spawn(one(ids[i], all[i], left, done));
        });
        EXPECT_TRUE(ended);
        co_return all;
    }

    options with_ = with();
    server server_{with_, credentials{}};
    held_documents held_;
    outbox events_{server_, {"things"}, "shop-events", held_};
    std::shared_ptr<documents> docs_ =
        std::make_shared<documents>(server_, with_, std::vector<std::string>{"things"}, held_, events_);

  private:
    task<> one(std::string id, outcome& said, std::size_t& left, resumption<bool> done)
    {
        said = co_await docs_->commit(a_commit(std::move(id)));
        if (--left == 0)
            done(true);
    }
};

TEST_F(couchdb_documents, WhatAFullDiskRefusedIsNotStored)
{
    const outcome full = std::unexpected(store_failure::full);
    EXPECT_EQ(await(docs_->commit(a_commit("a"))), full);
    EXPECT_EQ(server_.trouble(), std::string{store::disk_full});
    EXPECT_THAT(await(each({"a", "b", "c"})), Each(full)) << "one alone, two together";
    for (int status : {201, 507, 413}) {
        answers_.bulk_status = status;
        EXPECT_THAT(await(docs_->commit_many({a_commit("b"), a_commit("c")})), Each(full)) << status;
    }
    for (const std::string id : {"a", "b", "c"})
        EXPECT_TRUE(await(docs_->load(0, id, {}))) << "nobody is kept from it";
}

} // namespace

} // namespace edm::store_couchdb
