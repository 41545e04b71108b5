#include "scalar.hpp"

#include <edm/describe/encode.hpp>
#include <edm/describe/schema.hpp>

#include <fmt/format.h>

#include <functional>
#include <iterator>

namespace edm {

namespace {

using nested = std::function<std::string(const type&)>;

template <class... A>
void add(std::string& out, fmt::format_string<A...> pattern, A&&... values)
{
    fmt::format_to(std::back_inserter(out), pattern, std::forward<A>(values)...);
}

std::string quoted(std::string_view text)
{
    std::string out;
    append_json_string(out, text);
    return out;
}

std::string text_schema(const type& t)
{
    std::string out = R"({"type":"string")";
    if (t.kind != kind::email) { // whose bounds follow from its format
        if (t.min > 0)
            add(out, R"(,"minLength":{})", t.min);
        if (t.max != type::unbounded)
            add(out, R"(,"maxLength":{})", t.max);
    }
    if (!t.format.empty())
        add(out, R"(,"format":"{}")", t.format);
    if (t.kind == kind::secret)
        out += R"(,"writeOnly":true)";
    return out + "}";
}

std::string integer_schema(const type& t)
{
    std::string out = R"({"type":"integer")";
    if (!t.format.empty()) {
        add(out, R"(,"format":"{}")", t.format);
        if (t.width >= 4)
            return out + "}";
    }
    if (t.min != std::numeric_limits<std::int64_t>::min())
        add(out, R"(,"minimum":{})", t.min);
    if (t.max != type::unbounded)
        add(out, R"(,"maximum":{})", t.max);
    return out + "}";
}

std::string enumeration_schema(const type& t)
{
    std::string out = R"({"type":"string","enum":[)";
    for (std::string_view name : t.names) {
        if (out.back() != '[')
            out += ',';
        append_json_string(out, name);
    }
    return out + "]}";
}

std::string list_schema(const type& t, const nested& of)
{
    std::string out = R"({"type":"array","items":)" + of(*t.element);
    if (t.min > 0)
        add(out, R"(,"minItems":{})", t.min);
    if (t.max != type::unbounded)
        add(out, R"(,"maxItems":{})", t.max);
    return out + "}";
}

std::string object_schema(const type& t, const nested& of)
{
    std::string out = R"({"type":"object","title":)" + quoted(t.name);
    if (!t.description.empty())
        out += R"(,"description":)" + quoted(t.description);
    out += R"(,"properties":{)";
    std::string required;
    for (const field& f : t.fields) {
        std::string schema = of(*f.type);
        if (!f.example.empty()) {
            schema.pop_back();
            add(schema, R"({}"examples":[{}]}})", schema.size() > 1 ? "," : "", f.example);
        }
        if (out.back() != '{')
            out += ',';
        add(out, "{}:{}", quoted(f.name), schema);
        if (f.required())
            required += (required.empty() ? "" : ",") + quoted(f.name);
    }
    out += '}';
    if (!required.empty())
        add(out, R"(,"required":[{}])", required);
    return out + "}";
}

std::string schema_of(const type& t, const nested& of)
{
    switch (t.kind) {
    case kind::text:
    case kind::secret:
    case kind::email:
    case kind::time:
        return text_schema(t);
    case kind::money:
        return fmt::format(R"({{"type":"number","minimum":0,"maximum":{}.{:02}}})", t.max / 100, t.max % 100);
    case kind::integer:
        return integer_schema(t);
    case kind::unsigned_integer:
        return R"({"type":"integer","minimum":0})";
    case kind::floating:
        return R"({"type":"number"})";
    case kind::boolean:
        return R"({"type":"boolean"})";
    case kind::enumeration:
        return enumeration_schema(t);
    case kind::optional:
        return fmt::format(R"({{"anyOf":[{},{{"type":"null"}}]}})", of(*t.element));
    case kind::list:
        return list_schema(t, of);
    case kind::map:
        return fmt::format(R"({{"type":"object","additionalProperties":{}}})", of(*t.element));
    case kind::object:
        return object_schema(t, of);
    case kind::raw:
        break;
    }
    return t.element ? of(*t.element) : "{}";
}

/// Names of components may only have letters, digits, `.`, `-` and `_` (OpenAPI 3.1, 4.8.7).
std::string component_name(std::string_view name)
{
    std::string out;
    for (char c : name) {
        bool allowed = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (allowed || c == '-' || c == '.')
            out += c;
        else if (!out.empty() && out.back() != '_')
            out += '_';
    }
    while (out.ends_with('_'))
        out.pop_back();
    return out;
}

} // namespace

std::string json_schema(const type& t)
{
    return schema_of(t, [](const type& inner) { return json_schema(inner); });
}

std::string schema_set::ref(const type& t)
{
    nested inner = [this](const type& each) { return ref(each); };
    if (t.kind != kind::object && t.kind != kind::enumeration)
        return schema_of(t, inner);
    if (!names_.contains(&t)) {
        const std::string& name = name_of(t);
        std::string schema = schema_of(t, inner);
        schemas_[name] = std::move(schema);
    }
    return fmt::format(R"({{"$ref":{}}})", quoted(prefix_ + names_.at(&t)));
}

const std::string& schema_set::name_of(const type& t)
{
    std::string name = component_name(t.name);
    if (schemas_.contains(name))
        name = component_name(t.full_name);
    for (int n = 2; schemas_.contains(name); ++n)
        name = fmt::format("{}_{}", component_name(t.full_name), n);
    schemas_.emplace(name, std::string{}); // taken before the structs inside look for theirs
    return names_.emplace(&t, std::move(name)).first->second;
}

std::string schema_set::json() const
{
    std::string out = "{";
    for (const auto& [name, schema] : schemas_) {
        if (out.back() != '{')
            out += ',';
        out += quoted(name) + ":" + schema;
    }
    return out + "}";
}

} // namespace edm
