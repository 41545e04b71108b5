#include "platform_parts.hpp"

namespace edm::reference {

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

std::string refused(std::initializer_list<const error_kind*> kinds, bool challenge)
{
    json_object examples;
    json_array names;
    for (const auto* kind : kinds) {
        names.text(kind->name);
        examples.raw(kind->name, example_or_ref(*kind));
    }
    auto status = json_object{}.raw("status", json_object{}.raw("enum", names.str()).str());
    auto schema = json_object{}.text("$ref", component::failure).raw("properties", status.str());
    auto media = json_object{}.raw("schema", schema.str()).raw("examples", examples.str());
    auto out = json_object{}.text("description", (*kinds.begin())->message);
    if (challenge)
        out.raw("headers", json_object{}.raw("WWW-Authenticate", ref_to(component::challenge)).str());
    return out.raw("content", json_object{}.raw("application/json", media.str()).str()).str();
}

} // namespace edm::reference
