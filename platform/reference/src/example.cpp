#include "example.hpp"

#include "json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace edm::reference {

namespace {

/// Examples are short: what must be longer has none.
constexpr std::int64_t longest_text = 200;
constexpr std::int64_t longest_list = 10;

/// The name itself, cut or repeated to fit; names of fields are ASCII.
std::optional<std::string> text_within(std::string_view name, std::int64_t min, std::int64_t max)
{
    if (min > longest_text)
        return {};
    std::string out{name.empty() ? "text" : name};
    while (static_cast<std::int64_t>(out.size()) < min)
        out += "-" + std::string{name.empty() ? "text" : name};
    if (static_cast<std::int64_t>(out.size()) > max)
        out.resize(static_cast<std::size_t>(max));
    std::string json;
    append_json_string(json, out);
    return json;
}

std::optional<std::string> object_example(const type& t)
{
    json_object out;
    for (const auto& f : t.fields) {
        if (!f.required() && f.example.empty())
            continue;
        auto value = example_of(f);
        if (!value && f.required())
            return {};
        if (value)
            out.raw(f.name, *value);
    }
    return out.str();
}

std::optional<std::string> list_example(const type& t, std::string_view name)
{
    json_array out;
    auto item = t.max > 0 && t.min <= longest_list ? example_of(*t.element, name) : std::nullopt;
    if (!item)
        return t.min > 0 || t.secret ? std::nullopt : std::optional<std::string>{"[]"};
    for (std::int64_t n = std::max<std::int64_t>(t.min, 1); n != 0; --n)
        out.raw(*item);
    return out.str();
}

} // namespace

std::optional<std::string> example_of(const field& f)
{
    if (!f.example.empty())
        return std::string{f.example};
    return example_of(*f.type, f.name);
}

std::optional<std::string> example_of(const type& t, std::string_view name)
{
    switch (t.kind) {
    case kind::text:
        return text_within(name, t.min, t.max);
    case kind::secret:
        return {};
    case kind::email:
        return R"("somebody@example.com")";
    case kind::money:
        return "9.90";
    case kind::integer:
        return fmt::to_string(std::clamp<std::int64_t>(1, t.min, t.max));
    case kind::unsigned_integer:
        return "1";
    case kind::floating:
        return "1.5";
    case kind::boolean:
        return "true";
    case kind::time:
        return R"("2026-01-31T12:00:00.000Z")";
    case kind::enumeration:
        return t.names.empty() ? std::nullopt : std::optional{fmt::format(R"("{}")", t.names.front())};
    case kind::optional:
        return example_of(*t.element, name);
    case kind::list:
        return list_example(t, name);
    case kind::map: {
        auto item = example_of(*t.element, name);
        return item       ? json_object{}.raw("key", *item).str()
               : t.secret ? std::nullopt
                          : std::optional<std::string>{"{}"};
    }
    case kind::object:
        return object_example(t);
    case kind::raw:
        break;
    }
    return t.element ? example_of(*t.element, name) : std::optional<std::string>{"{}"};
}

} // namespace edm::reference
