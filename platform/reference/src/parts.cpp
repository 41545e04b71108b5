#include "parts.hpp"

#include <edm/core/text.hpp>

#include <algorithm>
#include <set>
#include <stdexcept>

namespace edm::reference {

std::string_view description_of(std::string_view service, std::span<const service_text> texts)
{
    for (const auto& t : texts)
        if (t.name == service)
            return t.description;
    return {};
}

std::string_view database_name(const model& of, std::string_view service, db_id db)
{
    for (const auto& d : of.databases)
        if (d.service == service && d.id == db)
            return d.name;
    return {};
}

std::vector<const subscription_declaration*> subscribers_of(const model& of, std::string_view topic)
{
    std::vector<const subscription_declaration*> out;
    for (const auto& s : of.subscriptions)
        if (s.topic == topic)
            out.push_back(&s);
    return out;
}

std::string_view short_name(const subscription_declaration& s)
{
    std::string_view name = s.name;
    return name.starts_with(s.service + ".") ? name.substr(s.service.size() + 1) : name;
}

std::string_view publisher_of(const model& of, std::string_view topic)
{
    const auto* t = of.topic(topic);
    return t ? std::string_view{t->service} : std::string_view{};
}

namespace {

/// `get_recipes_by_recipe_id` of `GET /recipes/{recipe_id}`.
std::string id_of_whole_path(const endpoint& e)
{
    std::string out = ascii_lower(e.method);
    for (char c : e.path) {
        if (c == '{')
            out += "by_";
        else if (c == '/' || c == '-')
            out += '_';
        else if (c != '}')
            out += c;
    }
    return out;
}

} // namespace

std::map<const endpoint*, std::string> operation_ids(const model& of)
{
    std::map<std::string_view, int> uses;
    for (const auto& e : of.endpoints)
        ++uses[e.operation];
    std::map<const endpoint*, std::string> out;
    std::set<std::string, std::less<>> taken;
    for (const auto& e : of.endpoints) {
        auto id = uses[e.operation] > 1 && !e.path_fields.empty() ? id_of_whole_path(e) : e.operation;
        if (!taken.insert(id).second)
            throw std::logic_error("two endpoints have the operationId " + id + "; the second is " + e.method + " " +
                                   e.path);
        out.emplace(&e, std::move(id));
    }
    return out;
}

const endpoint* login_of(const model& of)
{
    for (const auto& e : of.endpoints)
        if (e.body == endpoint::body_kind::form && e.request_type && e.request_type->find("username") &&
            e.request_type->find("password"))
            return &e;
    return nullptr;
}

std::vector<request_field> request_fields(const endpoint& e)
{
    std::vector<request_field> out;
    if (!e.request_type)
        return out;
    for (const auto& f : e.request_type->fields) {
        request_field r{&f, e.body == endpoint::body_kind::none ? place::query : place::body, std::string{f.name}};
        if (std::ranges::find(e.path_fields, f.name) != e.path_fields.end())
            r.from = place::path;
        for (const auto& [field, header] : e.header_fields) {
            if (field == f.name) {
                r.from = place::header;
                r.name = header;
            }
        }
        // The rest of an upload's form is not read.
        if (e.body != endpoint::body_kind::upload || r.from != place::body || f.name == e.upload_field)
            out.push_back(std::move(r));
    }
    return out;
}

const type& without_optional(const type& t)
{
    const type* out = &t;
    while (out->kind == kind::optional)
        out = out->element;
    return *out;
}

} // namespace edm::reference
