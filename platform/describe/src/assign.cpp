#include "scalar.hpp"

#include <edm/core/text.hpp>
#include <edm/describe/decode.hpp>

#include <algorithm>
#include <array>

namespace edm {

namespace {

using describing::problem;

problem set_boolean(void* out, std::string_view text)
{
    constexpr std::array<std::string_view, 6> yes{"true", "1", "on", "yes", "t", "y"};
    constexpr std::array<std::string_view, 6> no{"false", "0", "off", "no", "f", "n"};
    std::string lower = ascii_lower(text.substr(0, 8));
    bool value = std::ranges::find(yes, lower) != yes.end();
    if (!value && std::ranges::find(no, lower) == no.end())
        return {"bool_parsing", "Input should be a valid boolean, unable to interpret input"};
    *static_cast<bool*>(out) = value;
    return {};
}

problem set_from_text(const type& t, void* out, std::string_view text)
{
    if (!valid_utf8(text))
        return {"string_unicode", "Input should be a valid string, unable to parse raw data as a unicode string"};
    switch (t.kind) {
    case kind::integer:
    case kind::unsigned_integer:
    case kind::floating:
    case kind::money:
        return describing::parse_number(t, out, text);
    case kind::boolean:
        return set_boolean(out, text);
    case kind::raw:
        return decode_into(t, out, text).empty() ? problem{} : describing::wrong_type(t);
    default:
        return describing::set_text(t, out, text);
    }
}

/// Into the value of optionals, which keep one that they have.
void unwrap(const type*& t, void*& out)
{
    while (t->kind == kind::optional) {
        out = t->container->size(out) != 0 ? const_cast<void*>(t->container->nth(out, 0)) : t->container->append(out);
        t = t->element;
    }
}

} // namespace

std::vector<violation> assign(const type& struct_type, void* out, std::string_view field_name, std::string_view text,
                              std::string_view root)
{
    const field* f = struct_type.find(field_name);
    if (!f)
        return {};
    violation v{{std::string{root}, std::string{field_name}}, {}, {}};
    const type* t = f->type;
    out = f->at(out);
    unwrap(t, out);
    problem p;
    if (t->kind == kind::list) {
        auto items = static_cast<std::int64_t>(t->container->size(out));
        if (items >= t->max) {
            p = describing::check_size(*t, static_cast<std::size_t>(items) + 1);
        } else {
            v.loc.push_back(std::to_string(items));
            v.indexes = 1 << 2;
            out = t->container->append(out);
            t = t->element;
            unwrap(t, out);
            p = set_from_text(*t, out, text);
        }
    } else {
        p = set_from_text(*t, out, text);
    }
    if (!p)
        return {};
    v.msg = std::move(p.msg);
    v.type = p.type;
    return {std::move(v)};
}

std::vector<violation> missing_violations(const type& struct_type, std::span<const std::string_view> present,
                                          std::string_view root)
{
    std::vector<violation> all;
    for (const field& f : struct_type.fields)
        if (f.required() && std::ranges::find(present, f.name) == present.end())
            all.push_back({{std::string{root}, std::string{f.name}}, "Field required", "missing"});
    return all;
}

} // namespace edm
