#include "platform_parts.hpp"

#include <array>

namespace edm::reference {

namespace {

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

platform_path livez()
{
    auto all = json_object{}
                   .raw("200", answer("The process runs.", health(R"(["live"])", R"({"status":"live"})")))
                   .raw("4XX", ref_to(component::malformed));
    return {"/livez", "get",
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
    return {"/readyz", "get",
            operation("get_readyz", "Whether requests are answered",
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
    return {"/metrics", "get",
            operation("get_metrics", "Metrics", "In the text format of Prometheus.")
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
                   .raw("401", refused({&errors::invalid_token, &errors::expired_token}, true))
                   .raw("403", refused({&errors::invalid_user}))
                   .raw("422", answer("The key is missing.",
                                      content("application/json", ref_to(component::validation_error))));
    return {"/events", "get",
            operation("get_events", "The trail of a key",
                      "Its events, the marks of subscriptions, and what is parked. Only for the "
                      "administrator.")
                .raw("parameters", json_array{}.raw(key.str()).str())
                .raw("responses", all.str())
                .raw("security", administrators)
                .str()};
}

} // namespace

std::span<const platform_path> platform_paths()
{
    static const std::array all{events(), livez(), metrics(), readyz()};
    return all;
}

} // namespace edm::reference
