#include "example.hpp"
#include "json.hpp"
#include "parts.hpp"

#include <edm/describe/schema.hpp>
#include <edm/reference/reference.hpp>

#include <fmt/format.h>

#include <set>
#include <stdexcept>

namespace edm::reference {

namespace {

constexpr std::string_view content_type = "application/cloudevents+json";

constexpr std::string_view envelope_schema =
    R"({"type":"object","title":"CloudEvent","description":"CloudEvents 1.0 in structured mode. Unknown attributes are )"
    R"(ignored.","properties":{"specversion":{"type":"string","const":"1.0"},)"
    R"("id":{"type":"string","format":"uuid","description":"UUIDv7"},)"
    R"("source":{"type":"string","format":"uri-reference","description":"`/edm/<service>/<topic>/<key>`, the key )"
    R"(percent-encoded"},"type":{"type":"string"},)"
    R"("subject":{"type":"string","minLength":1,"description":"The key: the id of the document whose commit caused the )"
    R"(event."},"time":{"type":"string","format":"date-time"},)"
    R"("datacontenttype":{"type":"string","const":"application/json"},)"
    R"("sequence":{"type":"string","pattern":"^[0-9]{10}[.][0-9]{12}$","description":"`<epoch>.<counter>` among the )"
    R"(events of its topic and key; sorts as a string."},)"
    R"("baseline":{"type":"boolean","description":"True where it starts a subscription instead of telling news. )"
    R"(Without `data` it only moves the mark."},)"
    R"("rebuild":{"type":"boolean","description":"True in a baseline that an operator asked for, to be applied anew."},)"
    R"("traceparent":{"type":"string","description":"W3C Trace Context"},"data":{}},)"
    R"("required":["specversion","id","source","type","subject","time","datacontenttype","sequence"]})";

std::string tag(std::string_view service)
{
    if (service.empty()) // a foreign program's
        return "[]";
    return json_array{}.raw(json_object{}.text("name", service).str()).str();
}

std::string example_event(const topic_declaration& t)
{
    auto out = json_object{}
                   .text("specversion", "1.0")
                   .text("id", "019b9a4e-7c00-7000-8000-000000000001")
                   .text("source", t.external ? "/a-foreign-program" : fmt::format("/edm/{}/{}/key", t.service, t.name))
                   .text("type", t.event_type)
                   .text("subject", "key")
                   .text("time", "2026-01-31T12:00:00.000Z")
                   .text("datacontenttype", "application/json")
                   .text("sequence", "0000000000.000000000001");
    if (auto data = t.data ? example_of(*t.data, {}) : std::nullopt)
        out.raw("data", *data);
    return out.str();
}

std::string message(const topic_declaration& t, schema_set& schemas)
{
    auto properties = json_object{}
                          .raw("type", json_object{}.text("type", "string").text("const", t.event_type).str())
                          .raw("data", t.data ? schemas.ref(*t.data) : "{}");
    auto own = json_object{}.text("type", "object").raw("properties", properties.str());
    auto payload =
        json_object{}.raw("allOf", json_array{}.raw(ref_to("#/components/schemas/CloudEvent")).raw(own.str()).str());
    auto example = json_object{}.text("name", "first").raw("payload", example_event(t));
    return json_object{}
        .text("name", t.event_type)
        .text("title", t.name)
        .text_if("description", t.data ? t.data->description : "")
        .text("contentType", content_type)
        .raw("payload", payload.str())
        .raw("examples", json_array{}.raw(example.str()).str())
        .raw("tags", tag(t.service))
        .str();
}

std::string operation(std::string_view action, std::string_view topic, std::string_view service, std::string summary)
{
    auto channel = fmt::format("#/channels/{}", topic);
    return json_object{}
        .text("action", action)
        .raw("channel", ref_to(channel))
        .text("summary", summary)
        .raw("messages", json_array{}.raw(ref_to(channel + "/messages/" + std::string{topic})).str())
        .raw("tags", tag(service))
        .str();
}

std::string channel(const topic_declaration& t)
{
    auto messages = json_object{}.raw(t.name, ref_to("#/components/messages/" + t.name));
    return json_object{}
        .text("address", t.name)
        .text("title", t.name)
        .text("description",
              t.external ? fmt::format("Published by a foreign program, on RabbitMQ's exchange `edm.{}`: it supplies "
                                       "`subject` (the key) and `sequence`, which has no gaps from a key's first on.",
                                       t.name)
                         : fmt::format("Ordered per key, at least once. Published by {}.", t.service))
        .raw("messages", messages.str())
        .raw("tags", tag(t.service))
        .str();
}

std::string operations(const model& of)
{
    json_object all;
    std::set<std::string, std::less<>> names;
    auto add = [&](std::string name, std::string json) {
        if (!names.insert(name).second)
            throw std::logic_error("two operations of AsyncAPI are named " + name);
        all.raw(name, json);
    };
    for (const auto& t : of.topics)
        if (!t.external)
            add(t.service + ".publishes." + t.name,
                operation("send", t.name, t.service, fmt::format("{} publishes {}", t.service, t.name)));
    for (const auto& s : of.subscriptions)
        if (of.topic(s.topic)) // a topic that nobody declares is not described
            add(s.name, operation("receive", s.topic, s.service, fmt::format("{} subscribes to {}", s.name, s.topic)));
    return all.str();
}

std::string info(const model& of, const about& program, std::span<const service_text> services)
{
    auto out = json_object{}
                   .text("title", program.title)
                   .text("version", program.version)
                   .text_if("description", program.description);
    if (!program.license.empty())
        out.raw("license", json_object{}.text("name", program.license).str());
    json_array tags;
    for (const auto& name : of.services)
        tags.raw(json_object{}.text("name", name).text_if("description", description_of(name, services)).str());
    return out.raw("tags", tags.str()).str();
}

} // namespace

std::string asyncapi_json(const model& of, const about& program, std::span<const service_text> services)
{
    schema_set schemas;
    schemas.add("CloudEvent", std::string{envelope_schema});
    json_object channels, messages;
    for (const auto& t : of.topics) {
        channels.raw(t.name, channel(t));
        messages.raw(t.name, message(t, schemas));
    }
    auto components = json_object{}.raw("messages", messages.str()).raw("schemas", schemas.json());
    return json_object{}
        .text("asyncapi", "3.0.0")
        .raw("info", info(of, program, services))
        .text("defaultContentType", content_type)
        .raw("channels", channels.str())
        .raw("operations", operations(of))
        .raw("components", components.str())
        .str();
}

} // namespace edm::reference
