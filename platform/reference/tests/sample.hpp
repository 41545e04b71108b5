#pragma once

#include <edm/reference/reference.hpp>
#include <edm/service/invalid_request.hpp>
#include <edm/service/service.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include <array>
#include <memory>
#include <string>
#include <vector>

/// Two services that use every kind of declaration.
namespace sample {

using namespace edm;

struct book_added
{
    static constexpr std::string_view topic = "book-added";
    static constexpr std::string_view description = "A book is on the shelf.";
    std::string book_id;
    text<1, 80> title;
    std::optional<money> price;
};
BOOST_DESCRIBE_STRUCT(book_added, (), (book_id, title, price))

struct book
{
    std::string title;
};
BOOST_DESCRIBE_STRUCT(book, (), (title))

struct shelf
{
    std::vector<std::string> books;
};
BOOST_DESCRIBE_STRUCT(shelf, (), (books))

enum class binding
{
    hard,
    soft
};
BOOST_DESCRIBE_ENUM(binding, hard, soft)

struct log_in_form
{
    std::string username;
    secret<8, 64> password;
    std::optional<std::string> scope;
};
BOOST_DESCRIBE_STRUCT(log_in_form, (), (username, password, scope))

struct token_reply
{
    std::string access_token;
};
BOOST_DESCRIBE_STRUCT(token_reply, (), (access_token))

struct register_request
{
    email id;
    secret<8, 64> password;
};
BOOST_DESCRIBE_STRUCT(register_request, (), (id, password))

struct search_request
{
    std::optional<text<0, 200>> q;
    std::optional<sample::binding> binding;
    std::vector<std::string> tags;
    whole<1, 100> limit;
    std::optional<std::string> last_event_id;
};
BOOST_DESCRIBE_STRUCT(search_request, (), (q, binding, tags, limit, last_event_id))

struct listed_book
{
    std::string id;
    sample::binding binding = sample::binding::hard;
    std::map<std::string, int, std::less<>> stock;
    time_point added;
};
BOOST_DESCRIBE_STRUCT(listed_book, (), (id, binding, stock, added))

struct search_reply
{
    std::vector<listed_book> books;
    raw_json more;
};
BOOST_DESCRIBE_STRUCT(search_reply, (), (books, more))

struct add_request
{
    static constexpr std::string_view description = "A book for a shelf.";
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 1> examples{{{"title", "\"Dune\""}}};
    text<1, 20> shelf_id;
    std::optional<text<1, 255>> idempotency_key;
    text<1, 80> title;
    money price;
};
BOOST_DESCRIBE_STRUCT(add_request, (), (shelf_id, idempotency_key, title, price))

struct book_request
{
    text<1, 20> shelf_id;
};
BOOST_DESCRIBE_STRUCT(book_request, (), (shelf_id))

struct upload_request
{
    std::string file;
};
BOOST_DESCRIBE_STRUCT(upload_request, (), (file))

inline constexpr error_kind full{409, "shelf_full", "The shelf is full."};
inline constexpr error_kind twice{409, "book_is_there", "The book is there already."};
inline constexpr error_kind no_shelf{404, "no_shelf", "There is no such shelf."};
inline constexpr error_kind wrong_password{401, "wrong_password", "The password is wrong."};
inline constexpr error_kind other_key{422, "key_reused", "The key was used with another body."};

class library final : public service
{
  public:
    std::string_view name() const override { return "library"; }
    std::string_view description() const override { return "Books on shelves."; }
    void declare(registry& r) override
    {
        r.database(books_, "book").index("title", [](const book& b) { return b.title; }).describe("Every book.");
        r.post("/login", *this, &library::log_in)
            .form()
            .whole()
            .no_store()
            .ok("logged_in", "Logged in.")
            .fails(wrong_password)
            .describe("Log in");
        r.post("/register", *this, &library::enrol).created("registered").fails(errors::invalid_request);
        r.get("/books", *this, &library::search).authenticated().ok("books_found", "The books.").describe("Search");
        r.get("/books/{shelf_id}", *this, &library::one).authenticated().ok("shelf_found").fails(no_shelf);
        r.post("/shelves/{shelf_id}/books", *this, &library::put)
            .authenticated()
            .publishes()
            .header("Idempotency-Key")
            .created("book_added", "The book is on the shelf.")
            .fails(full, twice, no_shelf, other_key)
            .describe("Add a book", "Once per `Idempotency-Key`.");
        r.post("/import", *this, &library::load).administrator().publishes().upload("file").created("loaded");
        r.get("/help", *this, &library::help).ok("help").fails(no_shelf);
        r.post("/hook", *this, &library::take_hook).signed_by([] { return std::vector<std::string>{"s"}; }).ok("taken");
        r.get("/secret-door", *this, &library::help).hidden();
        r.publishes<book_added>().from(books_,
                                       [](const book& b) { return std::optional<book_added>{{"b", b.title, {}}}; });
        r.due(books_, "remind", *this, &library::remind);
    }
    task<result<token_reply>> log_in(call&, log_in_form) { co_return token_reply{}; }
    task<result<nothing>> enrol(call&, register_request) { co_return nothing{}; }
    task<result<search_reply>> search(call&, search_request) { co_return search_reply{}; }
    task<result<listed_book>> one(call&, book_request) { co_return listed_book{}; }
    task<result<nothing>> put(call&, add_request) { co_return nothing{}; }
    task<result<nothing>> load(call&, upload_request) { co_return nothing{}; }
    task<result<nothing>> take_hook(call&, register_request) { co_return nothing{}; }
    task<result<html>> help(call&) { co_return html{}; }
    task<result<nothing>> remind(call&, due<book>) { co_return nothing{}; }

  private:
    database<book> books_;
};

class reader final : public service
{
  public:
    std::string_view name() const override { return "reader-list"; }
    std::string_view description() const override { return "What people read."; }
    void declare(registry& r) override
    {
        r.database(shelves_, "shelf");
        r.stream("/news", *this, &reader::follow).ok("followed", "The stream.").header("Last-Event-ID");
        r.on<book_added>("reader-list.new-books")
            .changes(shelves_)
            .from_now()
            .formerly("reader-list.novelties")
            .by([](std::optional<shelf>, const book_added&, const received&) -> result<change<shelf>> {
                return change<shelf>{shelf{}};
            });
        r.project<book_added>("reader-list.titles", shelves_, [](const book_added&) { return shelf{}; });
    }
    task<> follow(call&, event_stream&, search_request) { co_return; }

  private:
    database<shelf> shelves_;
};

/// The model lives as long as its services.
struct program
{
    config::settings settings;
    edm::model model;
    std::vector<std::unique_ptr<service>> services;
    std::vector<reference::service_text> texts;

    program()
    {
        services.push_back(std::make_unique<library>());
        services.push_back(std::make_unique<reader>());
        for (auto& s : services) {
            registry r(model, settings, std::string{s->name()});
            s->declare(r);
            r.finish();
            texts.push_back({std::string{s->name()}, std::string{s->description()}});
        }
    }
};

inline const program& sample_program()
{
    static const program one;
    return one;
}

inline const reference::about about{.title = "Library", .version = "1.2.3", .description = "Books.", .server_url = ""};

inline boost::json::value parsed(std::string_view json)
{
    return boost::json::parse(std::string_view{json.data(), json.size()});
}

/// Calls `see(object, pointer)` for every object, the outermost first.
template <class See>
void each_object(const boost::json::value& v, const std::string& at, const See& see)
{
    if (const auto* o = v.if_object()) {
        see(*o, at);
        for (const auto& [name, inner] : *o)
            each_object(inner, at + "/" + std::string{name}, see);
    } else if (const auto* a = v.if_array()) {
        for (std::size_t i = 0; i != a->size(); ++i)
            each_object((*a)[i], at + "/" + std::to_string(i), see);
    }
}

/// The value at a JSON pointer whose tokens hold no escapes; null where there is none.
inline const boost::json::value* find(const boost::json::value& root, std::string_view pointer)
{
    boost::json::error_code failed;
    return root.find_pointer(boost::json::string_view{pointer.data(), pointer.size()}, failed);
}

inline std::vector<std::string> broken_refs(const boost::json::value& root)
{
    std::vector<std::string> out;
    each_object(root, "", [&](const boost::json::object& o, const std::string& at) {
        const auto* ref = o.if_contains("$ref");
        if (!ref || !ref->is_string())
            return;
        std::string to{ref->get_string()};
        if (!to.starts_with("#/") || !find(root, std::string_view{to}.substr(1)))
            out.push_back(at + " -> " + to);
    });
    return out;
}

} // namespace sample
