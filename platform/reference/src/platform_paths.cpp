#include "platform_paths.hpp"

#include "json.hpp"
#include "operation.hpp"

#include <array>

namespace edm::reference {

namespace {

json_object operation(std::string_view id, std::string_view summary, std::string_view description)
{
    return json_object{}
        .raw("tags", json_array{}.text(platform_tag).str())
        .text("summary", summary)
        .text("description", description)
        .text("operationId", id);
}

std::string answer(std::string_view description, std::string_view content_json)
{
    return json_object{}.text("description", description).raw("content", content_json).str();
}

std::string health(std::string_view statuses, std::string_view example)
{
    auto schema = json_object{}
                      .text("type", "object")
                      .raw("properties", json_object{}
                                             .raw("status", json_object{}.raw("enum", statuses).str())
                                             .raw("reason", R"({"type":"string"})")
                                             .raw("checks", R"({"type":"array","items":{"type":"object"}})")
                                             .raw("port", R"({"type":"integer"})")
                                             .str())
                      .raw("required", R"(["status"])");
    return content("application/json", schema.str(), example);
}

std::string refused(const error_kind& first, const error_kind* second, bool challenge)
{
    json_object examples;
    json_array names;
    for (const auto* kind : {&first, second}) {
        if (!kind)
            continue;
        names.text(kind->name);
        examples.raw(kind->name, example_or_ref(*kind));
    }
    auto status = json_object{}.raw("status", json_object{}.raw("enum", names.str()).str());
    auto schema = json_object{}.text("$ref", component::failure).raw("properties", status.str());
    auto media = json_object{}.raw("schema", schema.str()).raw("examples", examples.str());
    auto out = json_object{}.text("description", first.message);
    if (challenge)
        out.raw("headers", json_object{}.raw("WWW-Authenticate", ref_to(component::challenge)).str());
    return out.raw("content", json_object{}.raw("application/json", media.str()).str()).str();
}

platform_path livez()
{
    auto all = json_object{}
                   .raw("200", answer("The process runs.", health(R"(["live"])", R"({"status":"live"})")))
                   .raw("4XX", ref_to(component::malformed));
    return {"/livez",
            operation("get_livez", "Whether the process runs", "For supervisors: restart it where this fails.")
                .raw("responses", all.str())
                .raw("security", "[]")
                .str()};
}

platform_path readyz()
{
    auto all =
        json_object{}
            .raw("200", answer("Requests are answered.", health(R"(["ready","degraded"])", R"({"status":"ready"})")))
            .raw("4XX", ref_to(component::malformed))
            .raw("503", answer("It starts or ends, or a store is in trouble.",
                               health(R"(["not_ready"])", R"({"status":"not_ready"})")));
    auto verbose = json_object{}
                       .text("name", "verbose")
                       .text("in", "query")
                       .flag("required", false)
                       .text("description", "Given, whatever its value: the answer lists every check.")
                       .flag("allowEmptyValue", true)
                       .raw("schema", R"({"type":"string"})");
    return {"/readyz", operation("get_readyz", "Whether requests are answered",
                                 "For proxies: send requests elsewhere while this fails. `degraded` serves reads.")
                           .raw("parameters", json_array{}.raw(verbose.str()).str())
                           .raw("responses", all.str())
                           .raw("security", "[]")
                           .str()};
}

platform_path metrics()
{
    auto all = json_object{}
                   .raw("200", answer("The metrics.", content("text/plain", R"({"type":"string"})")))
                   .raw("4XX", ref_to(component::malformed));
    return {"/metrics", operation("get_metrics", "Metrics", "In the text format of Prometheus.")
                            .raw("responses", all.str())
                            .raw("security", "[]")
                            .str()};
}

platform_path events()
{
    constexpr std::string_view mark =
        R"({"type":"object","properties":{"subscription":{"type":"string"},"sequence":{"type":"string"}},)"
        R"("required":["subscription","sequence"]})";
    constexpr std::string_view parked =
        R"({"type":"object","properties":{"subscription":{"type":"string"},"sequence":{"type":"string"},)"
        R"("attempts":{"type":"integer"},"gap":{"type":"boolean"},"dead":{"type":"boolean"},)"
        R"("reason":{"type":"string"}},)"
        R"("required":["subscription","sequence","attempts","gap","dead","reason"]})";
    auto list = [](std::string_view of) { return json_object{}.text("type", "array").raw("items", of).str(); };
    auto fields = json_object{}
                      .raw("key", R"({"type":"string"})")
                      .raw("events", list(R"({"type":"object","description":"A CloudEvents 1.0 event."})"))
                      .raw("marks", list(mark))
                      .raw("parked", list(parked));
    auto schema = json_object{}
                      .text("type", "object")
                      .raw("properties", fields.str())
                      .raw("required", R"(["key","events","marks","parked"])");
    auto key = json_object{}
                   .text("name", "key")
                   .text("in", "query")
                   .flag("required", true)
                   .text("description", "The id of the document whose commits published the events.")
                   .raw("schema", R"({"type":"string"})")
                   .text("example", "somebody@example.com");
    auto all = json_object{}
                   .raw("200", answer("The trail.", content("application/json", schema.str())))
                   .raw("401", refused(errors::invalid_token, &errors::expired_token, true))
                   .raw("403", refused(errors::invalid_user, nullptr, false))
                   .raw("422", answer("The key is missing.",
                                      content("application/json", ref_to(component::validation_error))));
    return {"/events", operation("get_events", "The trail of a key",
                                 "Its events, the marks of subscriptions, and what is parked. Only for the "
                                 "administrator.")
                           .raw("parameters", json_array{}.raw(key.str()).str())
                           .raw("responses", all.str())
                           .raw("security", R"([{"OAuth2PasswordBearer":[]}])")
                           .str()};
}

} // namespace

std::span<const platform_path> platform_paths()
{
    static const std::array all{events(), livez(), metrics(), readyz()};
    return all;
}

} // namespace edm::reference
