#include "json.hpp"
#include "operation.hpp"
#include "platform_paths.hpp"

#include <edm/reference/reference.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace edm::reference {

namespace {

constexpr std::string_view failure_schema =
    R"({"type":"object","title":"Failure","description":"An expected failure, in the common envelope.",)"
    R"("properties":{"status":{"type":"string","description":"The name of the failure, the same as `error_code`."},)"
    R"("error":{"type":"boolean","const":true},"details":{"type":"object","properties":{)"
    R"("description":{"type":"string","description":"One sentence for people."},)"
    R"("data":{"description":"What helps to go on, where there is something."},"error_code":{"type":"string"}},)"
    R"("required":["description","error_code"]}},"required":["status","error","details"]})";

constexpr std::string_view validation_error_schema =
    R"({"type":"object","title":"ValidationError","properties":{"loc":{"type":"array","title":"Location",)"
    R"("items":{"anyOf":[{"type":"string"},{"type":"integer"}]}},"msg":{"type":"string","title":"Message"},)"
    R"("type":{"type":"string","title":"Error Type"}},"required":["loc","msg","type"]})";

constexpr std::string_view validation_errors_schema =
    R"({"type":"object","title":"HTTPValidationError","properties":{"detail":{"type":"array","title":"Detail",)"
    R"("items":{"$ref":"#/components/schemas/ValidationError"}}},"required":["detail"]})";

std::string shared_headers()
{
    return json_object{}
        .raw(
            "EdmAfter",
            R"({"description":"What the change published, `<topic>/<key>/<sequence>`, joined by commas: sent back with )"
            R"(a later request, its answer includes that change.","schema":{"type":"string"}})")
        .raw("RequestId", R"({"description":"The trace id of the request, for questions and logs.",)"
                          R"("schema":{"type":"string"}})")
        .raw("RetryAfter", R"({"description":"Seconds after which another try may help.",)"
                           R"("schema":{"type":"integer","minimum":1}})")
        .raw("Challenge", R"({"description":"How to authenticate (RFC 6750).","schema":{"type":"string"},)"
                          R"("example":"Bearer"})")
        .str();
}

std::string shared_examples()
{
    json_object all;
    for (const auto* kind : platform_failures())
        all.raw(kind->name, failure_example(*kind));
    return all.str();
}

/// What is answered to any route, before the server looks which, and by pages.
std::string shared_responses()
{
    auto failure = json_object{}.raw("schema", ref_to(component::failure)).str();
    auto page = json_object{}.raw("application/json", failure).raw("text/html", R"({"schema":{"type":"string"}})");
    auto malformed = json_object{}
                         .text("description", "The request is not well-formed HTTP (400), too slow (408) or too large "
                                              "(413, 414, 431).")
                         .raw("content", json_object{}.raw("application/json", failure).str());
    auto refused = json_object{}
                       .text("description", "A page that says what is wrong; in JSON, the request is not well-formed "
                                            "HTTP (400), too slow (408) or too large (413, 414, 431).")
                       .raw("content", page.str());
    return json_object{}.raw("Malformed", malformed.str()).raw("PageRefused", refused.str()).str();
}

std::string shared_parameters()
{
    auto after = json_object{}
                     .text("name", "Edm-After")
                     .text("in", "header")
                     .flag("required", false)
                     .text("description", "The `Edm-After` of an earlier answer: this one includes what that one "
                                          "changed, or is 503 `not_yet_visible`.")
                     .raw("schema", R"({"type":"string"})");
    return json_object{}.raw("EdmAfter", after.str()).str();
}

std::string security_schemes(const model& of)
{
    const auto* login = login_of(of);
    auto flow = json_object{}.text("tokenUrl", login ? login->path : "/login").raw("scopes", "{}");
    auto all = json_object{}.raw("OAuth2PasswordBearer",
                                 json_object{}
                                     .text("type", "oauth2")
                                     .text("description", "The access token that logging in answers with.")
                                     .raw("flows", json_object{}.raw("password", flow.str()).str())
                                     .str());
    bool signed_webhooks = std::ranges::any_of(of.endpoints, [](const auto& e) { return bool{e.webhook_secrets}; });
    if (signed_webhooks)
        all.raw("WebhookSignature", json_object{}
                                        .text("type", "apiKey")
                                        .text("in", "header")
                                        .text("name", "webhook-signature")
                                        .text("description", "A signature of Standard Webhooks 1.0 (`v1,<base64>`) "
                                                             "over `<webhook-id>.<webhook-timestamp>.<body>`.")
                                        .str());
    return all.str();
}

std::string info(const about& program)
{
    auto out = json_object{}
                   .text("title", program.title)
                   .text_if("description", program.description)
                   .text("version", program.version);
    if (!program.license.empty())
        out.raw("license", json_object{}.text("name", program.license).text("identifier", program.license).str());
    return out.str();
}

std::string tags(const model& of, std::span<const service_text> services)
{
    json_array all;
    for (const auto& name : of.services) {
        bool shown = std::ranges::any_of(of.endpoints, [&](const auto& e) { return e.service == name && !e.hidden; });
        if (shown)
            all.raw(json_object{}.text("name", name).text_if("description", description_of(name, services)).str());
    }
    return all.raw(json_object{}.text("name", platform_tag).text("description", platform_text).str()).str();
}

/// Paths in the order of their first endpoint, the platform's at the end.
std::string paths(const model& of, operation_writer& writer)
{
    auto ids = operation_ids(of);
    std::vector<std::pair<std::string_view, json_object>> items;
    auto item_of = [&](std::string_view path) -> json_object& {
        for (auto& [known, item] : items)
            if (known == path)
                return item;
        return items.emplace_back(path, json_object{}).second;
    };
    for (const auto& e : of.endpoints) {
        if (e.hidden)
            continue;
        std::string method = e.method;
        std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c | 0x20); });
        item_of(e.path).raw(method, writer.write(e, ids.at(&e)));
    }
    for (auto table : {platform_paths(), operator_paths()})
        for (const auto& p : table) {
            auto& item = item_of(p.path);
            if (item.empty()) // a service may answer it instead
                item.raw(p.method, p.operation);
        }
    json_object out;
    for (const auto& [path, item] : items)
        out.raw(path, item.str());
    return out.str();
}

} // namespace

std::string openapi_json(const model& of, const about& program, std::span<const service_text> services)
{
    schema_set schemas;
    schemas.add("Failure", std::string{failure_schema});
    schemas.add("ValidationError", std::string{validation_error_schema});
    schemas.add("HTTPValidationError", std::string{validation_errors_schema});
    operation_writer writer(schemas);
    auto all_paths = paths(of, writer);
    auto components = json_object{}
                          .raw("schemas", schemas.json())
                          .raw("parameters", shared_parameters())
                          .raw("responses", shared_responses())
                          .raw("headers", shared_headers())
                          .raw("examples", shared_examples())
                          .raw("securitySchemes", security_schemes(of));
    auto server = json_object{}.text("url", program.server_url.empty() ? "/" : program.server_url);
    return json_object{}
        .text("openapi", "3.1.0")
        .raw("info", info(program))
        .raw("servers", json_array{}.raw(server.str()).str())
        .raw("tags", tags(of, services))
        .raw("paths", all_paths)
        .raw("components", components.str())
        .str();
}

} // namespace edm::reference
