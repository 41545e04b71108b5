#include "sample.hpp"

#include <algorithm>
#include <set>

namespace {

using namespace sample;
using testing::AllOf;
using testing::ElementsAre;
using testing::Eq;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

const std::string& document()
{
    static const std::string json = reference::openapi_json(sample_program().model, about, sample_program().texts);
    return json;
}

const boost::json::value& root()
{
    static const auto value = parsed(document());
    return value;
}

const boost::json::object& operation(std::string_view method, std::string_view path)
{
    return root().at("paths").at(std::string{path}).at(std::string{method}).as_object();
}

std::string text(const boost::json::value& v)
{
    return boost::json::serialize(v);
}

std::vector<std::string> keys(const boost::json::value& v)
{
    std::vector<std::string> out;
    for (const auto& [name, _] : v.as_object())
        out.emplace_back(name);
    return out;
}

TEST(OpenApi, IsOfVersionThreeOne)
{
    EXPECT_EQ(root().at("openapi"), "3.1.0");
    EXPECT_EQ(text(root().at("info")), R"({"title":"Library","description":"Books.","version":"1.2.3",)"
                                       R"("license":{"name":"MIT","identifier":"MIT"}})");
    EXPECT_EQ(text(root().at("servers")), R"([{"url":"/"}])");
    EXPECT_EQ(document(), reference::openapi_json(program{}.model, about, sample_program().texts));
}

TEST(OpenApi, EveryReferenceResolves)
{
    EXPECT_THAT(broken_refs(root()), IsEmpty());
    EXPECT_THAT(broken_refs(parsed(R"({"a":{"$ref":"#/b"}})")), ElementsAre("/a -> #/b"));
}

/// Method, path, operationId of what is served and not hidden, and of what is documented.
TEST(OpenApi, DocumentsExactlyTheEndpoints)
{
    std::set<std::string> served{"GET /events",
                                 "GET /livez",
                                 "GET /metrics",
                                 "GET /readyz",
                                 "GET /operator/audit",
                                 "GET /operator/audit/counters",
                                 "GET /operator/audit/marks",
                                 "GET /operator/audit/parked",
                                 "GET /operator/audit/publisher",
                                 "GET /operator/audit/services",
                                 "GET /operator/audit/subscriber",
                                 "GET /operator/deadletters",
                                 "POST /operator/deadletters/retry",
                                 "POST /operator/deadletters/discard",
                                 "POST /operator/duework/retry",
                                 "GET /operator/subscriptions",
                                 "POST /operator/subscriptions/rebuild",
                                 "POST /operator/subscriptions/drop"};
    for (const auto& e : sample_program().model.endpoints)
        if (!e.hidden)
            served.insert(e.method + " " + e.path);
    std::set<std::string> documented;
    for (const auto& [path, item] : root().at("paths").as_object()) {
        for (const auto& [method, _] : item.as_object()) {
            std::string name{method};
            std::ranges::transform(name, name.begin(), [](char c) { return static_cast<char>(std::toupper(c)); });
            documented.insert(name + " " + std::string{path});
        }
    }
    EXPECT_EQ(documented, served);
    EXPECT_EQ(documented.size(), 27u);
    EXPECT_THAT(document(), Not(HasSubstr("secret-door")));
}

TEST(OpenApi, OperationIdsAreUniqueAndStable)
{
    std::vector<std::string> ids;
    for (const auto& [_, item] : root().at("paths").as_object())
        for (const auto& [__, o] : item.as_object())
            ids.emplace_back(o.at("operationId").as_string());
    EXPECT_THAT(ids,
                UnorderedElementsAre(
                    "post_login", "post_register", "get_books", "get_books_by_shelf_id", "post_shelves", "post_import",
                    "get_help", "post_hook", "get_news", "get_events", "get_livez", "get_metrics", "get_readyz",
                    "get_operator_audit", "get_operator_audit_counters", "get_operator_audit_marks",
                    "get_operator_audit_parked", "get_operator_audit_publisher", "get_operator_audit_services",
                    "get_operator_audit_subscriber", "get_operator_deadletters", "post_operator_deadletters_retry",
                    "post_operator_deadletters_discard", "post_operator_duework_retry", "get_operator_subscriptions",
                    "post_operator_subscriptions_rebuild", "post_operator_subscriptions_drop"));
}

TEST(OpenApi, TwoEndpointsOfOneIdAreRefused)
{
    program p;
    for (auto& e : p.model.endpoints)
        e.operation = "same";
    EXPECT_THROW(reference::openapi_json(p.model, about, {}), std::logic_error);
}

TEST(OpenApi, EveryFailureIsDocumentedWithItsExample)
{
    for (const auto& e : sample_program().model.endpoints) {
        if (e.hidden)
            continue;
        std::string method = e.method == "GET" ? "get" : "post";
        const auto& responses = operation(method, e.path).at("responses");
        auto example_of = [&](const error_kind& kind) -> const boost::json::value* {
            const auto* named = find(responses, "/" + std::to_string(kind.status) +
                                                    "/content/application~1json/examples/" + std::string{kind.name});
            const auto* shared = named ? find(*named, "/$ref") : nullptr;
            if (shared)
                named = find(root(), std::string{shared->as_string()}.substr(1));
            return named ? find(*named, "/value") : nullptr;
        };
        for (const auto* kind : e.failures) {
            if (kind == &errors::invalid_request)
                continue;
            const auto* example = example_of(*kind);
            ASSERT_TRUE(example) << e.path << " " << kind->name;
            EXPECT_EQ(text(*example), R"({"status":")" + std::string{kind->name} +
                                          R"(","error":true,"details":{"description":")" + std::string{kind->message} +
                                          R"(","error_code":")" + std::string{kind->name} + R"("}})");
        }
        for (const auto* kind : {&errors::internal, &errors::not_here, &errors::not_yet, &errors::overloaded,
                                 &errors::too_slow, &errors::store_away})
            EXPECT_TRUE(example_of(*kind)) << e.path << " " << kind->name;
        EXPECT_EQ(example_of(errors::expired_token) != nullptr, e.authenticated) << e.path;
        EXPECT_EQ(example_of(errors::invalid_user) != nullptr, e.administrator) << e.path;
        EXPECT_EQ(example_of(errors::too_many_streams) != nullptr, e.reply == endpoint::reply_kind::stream) << e.path;
        EXPECT_EQ(example_of(errors::too_large) != nullptr, e.method == "POST") << e.path;
        EXPECT_EQ(text(responses).find("invalid_signature") != std::string::npos, bool{e.webhook_secrets}) << e.path;
        EXPECT_EQ(example_of(errors::outcome_unknown) != nullptr, e.method == "POST") << e.path;
        EXPECT_EQ(text(responses).find("HTTPValidationError") != std::string::npos, e.request_type != nullptr)
            << e.path;
        EXPECT_EQ(text(responses.at("503").at("headers").at("Retry-After")),
                  R"({"$ref":"#/components/headers/RetryAfter"})");
    }
}

TEST(OpenApi, FailuresOfOneStatusShareAnAnswer)
{
    const auto& answer = operation("post", "/shelves/{shelf_id}/books").at("responses").at("409");
    EXPECT_EQ(text(answer.at("description")),
              R"("- `shelf_full`: The shelf is full.\n- `book_is_there`: The book is there already.")");
    EXPECT_EQ(text(answer.at("content").at("application/json").at("schema")),
              R"({"$ref":"#/components/schemas/Failure","properties":{"status":{"enum":["shelf_full",)"
              R"("book_is_there"]}}})");
    EXPECT_THAT(keys(answer.at("content").at("application/json").at("examples")),
                ElementsAre("shelf_full", "book_is_there"));
}

TEST(OpenApi, AFailureOfStatus422StandsBesideViolations)
{
    const auto& media = operation("post", "/shelves/{shelf_id}/books").at("responses").at("422").at("content");
    EXPECT_EQ(text(media.at("application/json").at("schema")),
              R"({"anyOf":[{"$ref":"#/components/schemas/HTTPValidationError"},{"$ref":"#/components/schemas/Failure",)"
              R"("properties":{"status":{"enum":["key_reused"]}}}]})");
    const auto& plain = operation("post", "/register").at("responses").at("422").at("content").at("application/json");
    EXPECT_EQ(text(plain), R"({"schema":{"$ref":"#/components/schemas/HTTPValidationError"}})");
}

TEST(OpenApi, ChallengesAreWhereTokensAreRefused)
{
    auto challenged = [](const boost::json::object& o) {
        return find(o.at("responses"), "/401/headers/WWW-Authenticate") != nullptr;
    };
    EXPECT_TRUE(challenged(operation("get", "/books")));
    EXPECT_TRUE(challenged(operation("post", "/login")));
    EXPECT_TRUE(challenged(operation("get", "/events")));
    EXPECT_FALSE(challenged(operation("post", "/hook"))); // a signature cannot be asked for
    EXPECT_TRUE(operation("post", "/hook").at("responses").as_object().contains("401"));
}

TEST(OpenApi, SecurityIsSaidOfEveryOperation)
{
    EXPECT_EQ(text(operation("get", "/books").at("security")), R"([{"OAuth2PasswordBearer":[]}])");
    EXPECT_EQ(text(operation("post", "/login").at("security")), "[]");
    EXPECT_EQ(text(operation("post", "/hook").at("security")), R"([{"WebhookSignature":[]}])");
    EXPECT_EQ(text(operation("get", "/events").at("security")), R"([{"OAuth2PasswordBearer":[]}])");
    int of_operators = 0;
    for (const auto& [path, item] : root().at("paths").as_object())
        for (const auto& [method, one] : item.as_object()) {
            if (!path.starts_with("/operator/"))
                continue;
            ++of_operators;
            EXPECT_EQ(text(one.at("security")), R"([{"OAuth2PasswordBearer":[]}])") << path;
            EXPECT_TRUE(find(one, "/responses/401/headers/WWW-Authenticate") && find(one, "/responses/403")) << path;
            EXPECT_EQ(find(one, "/requestBody/content/application~1json/example") != nullptr, method == "post") << path;
        }
    EXPECT_EQ(of_operators, 14);
    const auto& scheme = root().at("components").at("securitySchemes").at("OAuth2PasswordBearer");
    EXPECT_EQ(scheme.at("type"), "oauth2");
    EXPECT_EQ(text(scheme.at("flows")), R"({"password":{"tokenUrl":"/login","scopes":{}}})");
}

std::vector<std::string> parameters(const boost::json::object& o)
{
    std::vector<std::string> out;
    for (const auto& p : o.at("parameters").as_array())
        out.push_back(p.as_object().contains("$ref")
                          ? "shared"
                          : std::string{p.at("in").as_string()} + " " + std::string{p.at("name").as_string()} +
                                (p.at("required").as_bool() ? " !" : ""));
    return out;
}

TEST(OpenApi, ParametersAreWhatTheGatewayBinds)
{
    EXPECT_THAT(parameters(operation("get", "/books")), ElementsAre("query q", "query binding", "query tags !",
                                                                    "query limit !", "query last_event_id", "shared"));
    EXPECT_THAT(parameters(operation("get", "/news")), ElementsAre("query q", "query binding", "query tags !",
                                                                   "query limit !", "header Last-Event-ID", "shared"));
    EXPECT_THAT(parameters(operation("post", "/shelves/{shelf_id}/books")),
                ElementsAre("path shelf_id !", "header Idempotency-Key", "shared"));
    EXPECT_THAT(parameters(operation("post", "/hook")),
                ElementsAre("header webhook-id !", "header webhook-timestamp !", "shared"));
    // Text cannot be null.
    EXPECT_EQ(text(operation("get", "/books").at("parameters").at(0).at("schema")),
              R"({"type":"string","maxLength":200})");
}

TEST(OpenApi, AJsonBodyHasOnlyItsOwnFields)
{
    const auto& body = operation("post", "/shelves/{shelf_id}/books").at("requestBody");
    EXPECT_EQ(body.at("required"), true);
    const auto& media = body.at("content").at("application/json");
    EXPECT_EQ(text(media.at("schema")), R"({"$ref":"#/components/schemas/add_request"})");
    EXPECT_EQ(keys(root().at("components").at("schemas").at("add_request").at("properties")),
              (std::vector<std::string>{"title", "price"}));
    EXPECT_EQ(text(media.at("example")), R"({"title":"Dune","price":9.9E0})");
    EXPECT_THAT(document(), HasSubstr(R"("example":{"title":"Dune","price":9.90})"));
}

TEST(OpenApi, FormsAndFiles)
{
    const auto& form = operation("post", "/login").at("requestBody");
    EXPECT_EQ(text(form), R"({"required":true,"content":{"application/x-www-form-urlencoded":{"schema":{)"
                          R"("type":"object","title":"log_in_form","properties":{"username":{"type":"string"},)"
                          R"("password":{"type":"string","minLength":8,"maxLength":64,"format":"password",)"
                          R"("writeOnly":true},"scope":{"type":"string"}},"required":["username","password"]}}}})");
    const auto& file = operation("post", "/import").at("requestBody");
    EXPECT_EQ(text(file.at("content")),
              R"({"multipart/form-data":{"schema":{"type":"object","title":"upload_request","properties":{"file":{)"
              R"("type":"string","format":"binary","contentMediaType":"application/octet-stream"}},)"
              R"("required":["file"]}}})");
}

TEST(OpenApi, SuccessIsInTheCommonEnvelopeUnlessSaidOtherwise)
{
    const auto& books = operation("get", "/books").at("responses").at("200").at("content").at("application/json");
    EXPECT_EQ(text(books.at("schema")),
              R"({"type":"object","properties":{"status":{"type":"string","const":"books_found"},)"
              R"("error":{"type":"boolean","const":false},"details":{"type":"object","properties":{)"
              R"("description":{"type":"string"},"data":{"$ref":"#/components/schemas/search_reply"}},)"
              R"("required":["description","data"]}},"required":["status","error","details"]})");
    EXPECT_EQ(text(books.at("example")),
              R"({"status":"books_found","error":false,"details":{"description":"The books.","data":{"books":[)"
              R"({"id":"id","binding":"hard","stock":{"key":1},"added":"2026-01-31T12:00:00.000Z"}],"more":{}}}})");
    const auto& whole = operation("post", "/login").at("responses").at("200").at("content").at("application/json");
    EXPECT_EQ(text(whole.at("schema")), R"({"$ref":"#/components/schemas/token_reply"})");
    EXPECT_EQ(keys(operation("get", "/help").at("responses").at("200").at("content")),
              (std::vector<std::string>{"text/html"}));
    EXPECT_EQ(keys(operation("get", "/news").at("responses").at("200").at("content")),
              (std::vector<std::string>{"text/event-stream"}));
    // A page's failures may be pages.
    EXPECT_EQ(keys(operation("get", "/help").at("responses").at("404").at("content")),
              (std::vector<std::string>{"application/json", "text/html"}));
    EXPECT_EQ(text(operation("get", "/help").at("responses").at("4XX")),
              R"({"$ref":"#/components/responses/PageRefused"})");
    EXPECT_EQ(text(operation("get", "/books").at("responses").at("4XX")),
              R"({"$ref":"#/components/responses/Malformed"})");
    EXPECT_TRUE(operation("post", "/shelves/{shelf_id}/books")
                    .at("responses")
                    .at("201")
                    .at("headers")
                    .as_object()
                    .contains("Edm-After"));
}

TEST(OpenApi, NoExampleIsMadeUpForASecret)
{
    EXPECT_FALSE(find(operation("post", "/register"), "/requestBody/content/application~1json/example"));
    each_object(root(), "", [](const boost::json::object& o, const std::string& at) {
        for (std::string_view name : {"example", "examples", "value", "default"})
            if (const auto* v = o.if_contains(name))
                EXPECT_THAT(text(*v), Not(HasSubstr("\"password\":"))) << at;
        if (const auto* format = o.if_contains("format"); format && *format == "password")
            EXPECT_FALSE(o.contains("example") || o.contains("examples") || o.contains("default")) << at;
    });
}

TEST(OpenApi, TagsAreServices)
{
    EXPECT_EQ(text(root().at("tags")),
              R"([{"name":"library","description":"Books on shelves."},{"name":"reader-list",)"
              R"("description":"What people read."},{"name":"platform",)"
              R"("description":"Health, metrics, the trail of a key, and the operator's commands."}])");
    EXPECT_EQ(text(operation("get", "/books").at("tags")), R"(["library"])");
    EXPECT_EQ(text(operation("get", "/livez").at("tags")), R"(["platform"])");
}

} // namespace
