#include "operation.hpp"

#include "example.hpp"
#include "json.hpp"

#include <fmt/format.h>

namespace edm::reference {

std::string content(std::string_view content_type, std::string_view schema, std::string_view example)
{
    auto media = json_object{}.raw("schema", schema);
    if (!example.empty())
        media.raw("example", example);
    return json_object{}.raw(content_type, media.str()).str();
}

namespace {

/// A header that a signed webhook has beside its signature (Standard Webhooks 1.0).
std::string webhook_parameter(std::string_view name, std::string_view description, std::string_view schema,
                              std::string_view example)
{
    return json_object{}
        .text("name", name)
        .text("in", "header")
        .flag("required", true)
        .text("description", description)
        .raw("schema", schema)
        .raw("example", example)
        .str();
}

/// A field of a form with its example beside its schema, which is where pages that fill in forms look for it.
std::string form_field(std::string schema, std::string_view example)
{
    if (!example.empty() && schema.ends_with('}') && schema.size() > 2 && !schema.starts_with(R"({"$ref")"))
        schema.insert(schema.size() - 1, fmt::format(R"(,"example":{})", example));
    return schema;
}

std::string_view word(place from)
{
    switch (from) {
    case place::path:
        return "path";
    case place::header:
        return "header";
    default:
        return "query";
    }
}

std::string security(const endpoint& e)
{
    json_array all;
    if (e.authenticated)
        all.raw(R"({"OAuth2PasswordBearer":[]})");
    else if (e.webhook_secrets)
        all.raw(R"({"WebhookSignature":[]})");
    return all.str();
}

std::string sentences(std::string_view text, std::string_view more)
{
    std::string out{text};
    if (!out.empty() && !more.empty())
        out += "\n\n";
    return out.append(more);
}

} // namespace

std::string operation_writer::write(const endpoint& e, std::string_view operation_id)
{
    auto out =
        json_object{}
            .raw("tags", json_array{}.text(e.service).str())
            .text("summary", e.summary.empty() ? e.method + " " + e.path : e.summary)
            .text_if("description", sentences(e.description, e.administrator ? "Only for the administrator." : ""))
            .text("operationId", operation_id)
            .raw("parameters", parameters(e));
    if (e.body != endpoint::body_kind::none)
        out.raw("requestBody", request_body(e));
    return out.raw("responses", responses(e)).raw("security", security(e)).str();
}

std::string operation_writer::parameters(const endpoint& e)
{
    json_array all;
    for (const auto& f : request_fields(e)) {
        if (f.from == place::body)
            continue;
        auto one = json_object{}
                       .text("name", f.name)
                       .text("in", word(f.from))
                       .flag("required", f.from == place::path || f.of->required())
                       .raw("schema", schemas_.ref(without_optional(*f.of->type)));
        if (!f.of->example.empty() || f.from == place::path)
            if (auto example = example_of(*f.of))
                one.raw("example", *example);
        all.raw(one.str());
    }
    // A field of the path that the request does not take is matched and ignored.
    for (const auto& name : e.path_fields)
        if (!e.request_type || !e.request_type->find(name))
            all.raw(json_object{}
                        .text("name", name)
                        .text("in", "path")
                        .flag("required", true)
                        .raw("schema", R"({"type":"string"})")
                        .str());
    if (e.webhook_secrets) {
        all.raw(webhook_parameter("webhook-id", "The same for each repeat of a message.", R"({"type":"string"})",
                                  R"("msg_01")"));
        all.raw(webhook_parameter("webhook-timestamp", "When it was signed, in seconds since 1970.",
                                  R"({"type":"integer","format":"int64"})", "1767225600"));
    }
    return all.raw(ref_to(component::after_parameter)).str();
}

const type& operation_writer::body_type(const endpoint& e)
{
    std::string names;
    std::vector<field> kept;
    for (const auto& f : request_fields(e)) {
        if (f.from == place::body)
            kept.push_back(*f.of);
        else
            names += f.name + "/";
    }
    if (names.empty())
        return *e.request_type;
    auto& known = cut_[{e.request_type, names}];
    if (!known) {
        type cut = *e.request_type;
        cut.fields = cut_fields_.emplace_back(std::move(kept));
        known = &cut_types_.emplace_back(cut);
    }
    return *known;
}

std::string operation_writer::json_body(const endpoint& e)
{
    const auto& t = body_type(e);
    return content("application/json", schemas_.ref(t), example_of(t, {}).value_or(""));
}

/// Text only: what is optional is left out, never null.
std::string operation_writer::form_body(const endpoint& e)
{
    json_object properties;
    json_array required;
    bool upload = e.body == endpoint::body_kind::upload;
    for (const auto& f : request_fields(e)) {
        if (f.from != place::body)
            continue;
        properties.raw(f.name,
                       upload ? R"({"type":"string","format":"binary","contentMediaType":"application/octet-stream"})"
                              : form_field(schemas_.ref(without_optional(*f.of->type)), f.of->example));
        if (upload || f.of->required())
            required.text(f.name);
    }
    auto schema = json_object{}.text("type", "object");
    if (e.request_type)
        schema.text_if("title", e.request_type->name).text_if("description", e.request_type->description);
    schema.raw("properties", properties.str());
    if (!required.empty())
        schema.raw("required", required.str());
    return content(upload ? "multipart/form-data" : "application/x-www-form-urlencoded", schema.str());
}

std::string operation_writer::request_body(const endpoint& e)
{
    bool json = e.body == endpoint::body_kind::json;
    bool required = json || e.body == endpoint::body_kind::upload;
    for (const auto& f : request_fields(e))
        required = required || (f.from == place::body && f.of->required());
    return json_object{}.flag("required", required).raw("content", json ? json_body(e) : form_body(e)).str();
}

std::string operation_writer::success_content(const endpoint& e)
{
    std::string data = e.reply_type ? schemas_.ref(*e.reply_type) : "";
    auto data_example = e.reply_type ? example_of(*e.reply_type, {}) : std::nullopt;
    switch (e.reply) {
    case endpoint::reply_kind::page:
        return content("text/html", R"({"type":"string"})");
    case endpoint::reply_kind::stream:
        return content("text/event-stream", R"({"type":"string"})");
    case endpoint::reply_kind::whole:
        return content("application/json", data.empty() ? "{}" : data, data_example.value_or(""));
    case endpoint::reply_kind::envelope:
        break;
    }
    const auto& message = e.success_message.empty() ? e.success_name : e.success_message;
    auto fields = json_object{}.raw("description", R"({"type":"string"})");
    auto details_example = json_object{}.text("description", message);
    auto required = json_array{}.text("description");
    if (!data.empty()) {
        fields.raw("data", data);
        required.text("data");
        if (data_example)
            details_example.raw("data", *data_example);
    }
    auto details = json_object{}.text("type", "object").raw("properties", fields.str()).raw("required", required.str());
    auto properties = json_object{}
                          .raw("status", json_object{}.text("type", "string").text("const", e.success_name).str())
                          .raw("error", R"({"type":"boolean","const":false})")
                          .raw("details", details.str());
    auto schema = json_object{}
                      .text("type", "object")
                      .raw("properties", properties.str())
                      .raw("required", R"(["status","error","details"])");
    auto example =
        json_object{}.text("status", e.success_name).flag("error", false).raw("details", details_example.str());
    return content("application/json", schema.str(), data.empty() || data_example ? example.str() : "");
}

std::string operation_writer::success(const endpoint& e)
{
    auto headers = json_object{}.raw("x-request-id", ref_to(component::request_id));
    if (e.publishes)
        headers.raw("Edm-After", ref_to(component::after_header));
    const auto& said = e.success_message.empty() ? e.success_name : e.success_message;
    return json_object{}
        .text("description", said.empty() ? "Success." : said)
        .raw("headers", headers.str())
        .raw("content", success_content(e))
        .str();
}

std::string operation_writer::refused(const endpoint& e, int status, const std::vector<possible_failure>& kinds)
{
    json_object headers, examples;
    json_array names;
    std::string description;
    bool retry = status == 429, challenge = false, page = false;
    for (const auto& f : kinds) {
        description += fmt::format("{}- `{}`: {}", description.empty() ? "" : "\n", f.kind->name, f.kind->message);
        names.text(f.kind->name);
        examples.raw(f.kind->name, example_or_ref(*f.kind));
        retry = retry || f.retry_after > 0;
        challenge = challenge || f.challenge;
        page = page || (e.reply == endpoint::reply_kind::page && (f.declared || status >= 500));
    }
    bool unfit = status == 422 && is_bound(e);
    page = page || (unfit && e.reply == endpoint::reply_kind::page); // made by the page itself
    if (unfit)
        description += std::string{description.empty() ? "" : "\n"} +
                       "- The request does not fit its schema: every violation at once, each with its place.";
    headers.raw("x-request-id", ref_to(component::request_id));
    if (retry)
        headers.raw("Retry-After", ref_to(component::retry_after));
    if (challenge)
        headers.raw("WWW-Authenticate", ref_to(component::challenge));

    auto status_is = json_object{}.raw("status", json_object{}.raw("enum", names.str()).str());
    auto failure = json_object{}.text("$ref", component::failure).raw("properties", status_is.str()).str();
    auto media = json_object{};
    if (unfit && kinds.empty())
        media.raw("schema", ref_to(component::validation_error));
    else if (unfit)
        media.raw(
            "schema",
            json_object{}.raw("anyOf", json_array{}.raw(ref_to(component::validation_error)).raw(failure).str()).str());
    else
        media.raw("schema", failure);
    if (!examples.empty())
        media.raw("examples", examples.str());
    auto all = json_object{}.raw("application/json", media.str());
    if (page)
        all.raw("text/html", R"({"schema":{"type":"string"}})");
    return json_object{}.text("description", description).raw("headers", headers.str()).raw("content", all.str()).str();
}

std::string operation_writer::responses(const endpoint& e)
{
    auto failures = failures_of(e);
    if (is_bound(e))
        failures[422];
    json_object all;
    all.raw(fmt::to_string(e.success_status), success(e));
    for (const auto& [status, kinds] : failures)
        all.raw(fmt::to_string(status), refused(e, status, kinds));
    // A page may say what is wrong with any status.
    all.raw("4XX", ref_to(e.reply == endpoint::reply_kind::page ? component::page_refused : component::malformed));
    return all.str();
}

} // namespace edm::reference
