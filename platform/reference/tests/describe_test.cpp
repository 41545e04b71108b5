#include "sample.hpp"

namespace {

using namespace sample;
using testing::HasSubstr;
using testing::Not;

TEST(Describe, TheTable)
{
    EXPECT_EQ(reference::describe_table(sample_program().model, sample_program().texts),
              R"(| service     | databases | endpoints                        | events                      |
|-------------|-----------|----------------------------------|-----------------------------|
| library     | `book`    | `POST /login`                    | → `book-added`              |
|             | `access`  | `POST /register`                 | ← `access-changed` (access) |
|             |           | `GET /books`                     |                             |
|             |           | `GET /books/{shelf_id}`          |                             |
|             |           | `POST /shelves/{shelf_id}/books` |                             |
|             |           | `POST /import`                   |                             |
|             |           | `GET /help`                      |                             |
|             |           | `POST /hook`                     |                             |
|             |           | `GET /secret-door`               |                             |
| reader-list | `shelf`   | `GET /news` (SSE)                | ← `book-added` (new-books)  |
|             |           |                                  | ← `book-added` (titles)     |
)");
}

TEST(Describe, TheFlowchartHasAnArrowPerSubscription)
{
    EXPECT_EQ(reference::describe_mermaid(sample_program().model, sample_program().texts),
              R"(flowchart LR
    s_library["library"]
    s_reader_list["reader-list"]
    outside(["foreign programs"])
    s_library -- "book-added" --> s_reader_list
    s_library -- "book-added" --> s_reader_list
    outside -- "access-changed" --> s_library
)");
}

TEST(Describe, Json)
{
    auto all = parsed(reference::describe_json(sample_program().model, sample_program().texts));
    const auto& model = sample_program().model;
    ASSERT_EQ(all.at("services").as_array().size(), 2u);
    const auto& library = all.at("services").at(0);
    EXPECT_EQ(library.at("description"), "Books on shelves.");
    EXPECT_EQ(boost::json::serialize(library.at("databases").at(0)),
              R"({"name":"book","description":"Every book.","schema":1,"indexes":["title"],"watched":false})");
    EXPECT_EQ(library.at("endpoints").as_array().size(), 9u);
    EXPECT_EQ(boost::json::serialize(library.at("due")), R"([{"kind":"remind","database":"book","max_attempts":20}])");
    EXPECT_EQ(boost::json::serialize(all.at("services").at(1).at("subscriptions").at(0)),
              R"({"name":"reader-list.new-books","topic":"book-added","publisher":"library","database":"shelf",)"
              R"("from_now":true,"formerly":["reader-list.novelties"]})");
    EXPECT_EQ(all.at("topics").as_array().size(), model.topics.size());
    EXPECT_EQ(boost::json::serialize(all.at("topics").at(0)),
              R"({"name":"book-added","type":"edm.book-added.v1","service":"library","database":"book",)"
              R"("baseline":true,"subscriptions":["reader-list.new-books","reader-list.titles"]})");
}

TEST(Documents, AreThree)
{
    auto all = reference::documents(sample_program().model, about, sample_program().texts);
    ASSERT_EQ(all.size(), 3u);
    EXPECT_THAT(all.at("services.md"),
                HasSubstr(reference::describe_table(sample_program().model, sample_program().texts)));
    EXPECT_THAT(all.at("services.md"), HasSubstr("```mermaid\nflowchart LR\n"));
    EXPECT_THAT(all.at("services.md"), HasSubstr("- **library**: Books on shelves.\n"));
    EXPECT_THAT(all.at("events.md"), HasSubstr(R"(## `book-added`

Type `edm.book-added.v1`, published by library from its documents `book`.

A book is on the shelf.

| field | type | |
|---|---|---|
| `book_id` | text |  |
| `title` | text, 1 to 80 characters |  |
| `price` | amount, a number with at most two decimals | optional |

| subscription | changes |
|---|---|
| `reader-list.new-books` | `shelf`, from now |
| `reader-list.titles` | `shelf` |
)"));
    EXPECT_THAT(all.at("http.md"), HasSubstr(R"(### `POST /shelves/{shelf_id}/books`

Add a book.

Once per `Idempotency-Key`.

Needs an access token.

| in | field | type | |
|---|---|---|---|
| path | `shelf_id` | text, 1 to 20 characters | required |
| header | `Idempotency-Key` | text, 1 to 255 characters |  |
| body | `title` | text, 1 to 80 characters | required |
| body | `price` | amount, a number with at most two decimals | required |

| status | name | meaning |
|---|---|---|
| 201 | `book_added` | The book is on the shelf. |
| 401 | `invalid_token` | The access token is missing or invalid. |
| 401 | `expired_token` | The access token has expired. |
| 404 | `no_shelf` | There is no such shelf. |
| 409 | `shelf_full` | The shelf is full. |
| 409 | `book_is_there` | The book is there already. |
| 413 | `content_too_large` | The request is too large. |
| 422 | `key_reused` | The key was used with another body. |
| 422 | | The request does not fit; every violation with its place. |
| 500 | `outcome_unknown` | It is not known whether the change was stored. |
| 503 | `document_busy` | The document is changed too often at once; try again later. |
| 507 | `store_full` | The disk is full; nothing was stored. |
)"));
    EXPECT_THAT(all.at("http.md"), Not(HasSubstr("secret-door")));
}

} // namespace
