#include "binding.hpp"

#include <edm/core/text.hpp>
#include <edm/web/multipart.hpp>
#include <edm/web/uri.hpp>

#include <algorithm>

namespace edm::gateway {

namespace {

/// A request struct that takes its fields from several places, and what is still missing.
class binder
{
  public:
    binder(const endpoint& e, bound_request& out) : type_(*e.request_type), out_(out) {}

    void take(std::string_view field, std::string_view text, std::string_view root)
    {
        present_.push_back(field);
        auto problems = assign(type_, out_.value.get(), field, text, root);
        out_.violations.insert(out_.violations.end(), std::make_move_iterator(problems.begin()),
                               std::make_move_iterator(problems.end()));
    }
    /// A file, as it is: whether it is text is for its reader to say.
    void take_file(std::string_view field, std::string_view content)
    {
        const auto* f = type_.find(field);
        if (f && f->type->kind == kind::text)
            *static_cast<std::string*>(f->at(out_.value.get())) = content;
    }
    /// A field that comes from elsewhere than the body, whether it is there or not.
    void elsewhere(std::string_view field, bool there, std::string_view root)
    {
        elsewhere_.push_back(field);
        const auto* f = type_.find(field);
        if (!there && f && f->required())
            out_.violations.push_back(
                {.loc = {std::string{root}, std::string{field}}, .msg = "Field required", .type = "missing"});
    }
    void body(std::string_view json)
    {
        auto problems = decode_into(type_, out_.value.get(), json, {.root = "body", .skip = elsewhere_});
        out_.violations.insert(out_.violations.end(), std::make_move_iterator(problems.begin()),
                               std::make_move_iterator(problems.end()));
    }
    void rest_must_be_present(std::string_view root)
    {
        auto known = present_;
        known.insert(known.end(), elsewhere_.begin(), elsewhere_.end());
        auto problems = missing_violations(type_, known, root);
        out_.violations.insert(out_.violations.end(), std::make_move_iterator(problems.begin()),
                               std::make_move_iterator(problems.end()));
    }
    void wrong(std::vector<std::string> loc, std::string msg, std::string kind)
    {
        out_.violations.push_back({.loc = std::move(loc), .msg = std::move(msg), .type = std::move(kind)});
    }
    /// A field that is there and no text.
    void unreadable(std::string_view field, std::string_view root)
    {
        present_.push_back(field);
        wrong({std::string{root}, std::string{field}}, "Input should be valid UTF-8", "value_error");
    }
    bool knows(std::string_view field) const { return type_.find(field) != nullptr; }
    bool taken_elsewhere(std::string_view field) const
    {
        return std::find(elsewhere_.begin(), elsewhere_.end(), field) != elsewhere_.end();
    }

  private:
    const type& type_;
    bound_request& out_;
    std::vector<std::string_view> present_;
    std::vector<std::string_view> elsewhere_;
};

void take_pairs(binder& b, std::string_view encoded, std::string_view root,
                std::vector<std::pair<std::string, std::string>>& keep)
{
    auto pairs = web::parse_query(encoded);
    if (!pairs) {
        b.wrong({std::string{root}}, "Malformed percent-encoding", "value_error");
        return;
    }
    keep = std::move(*pairs);
    std::vector<std::string_view> seen;
    for (const auto& [name, value] : keep) {
        if (!b.knows(name) || b.taken_elsewhere(name))
            continue;
        if (!valid_utf8(value)) {
            b.unreadable(name, root);
            continue;
        }
        b.take(name, value, root);
    }
}

bool is_json(std::string_view content_type)
{
    auto kind = ascii_lower(content_type.substr(0, content_type.find(';')));
    while (!kind.empty() && kind.back() == ' ')
        kind.pop_back();
    return kind.empty() || kind == "application/json" || kind.ends_with("+json");
}

} // namespace

bound_request bind_request(const endpoint& e, const web::request& r, const std::vector<std::string>& path_values)
{
    bound_request out;
    if (!e.make_request)
        return out;
    out.value = e.make_request();
    binder b(e, out);
    for (std::size_t i = 0; i != e.path_fields.size(); ++i) {
        b.take(e.path_fields[i], path_values[i], "path");
        b.elsewhere(e.path_fields[i], true, "path");
    }
    for (const auto& [field, header] : e.header_fields) {
        auto value = r.header(header);
        if (value && !valid_utf8(*value))
            b.wrong({"header", header}, "Input should be valid UTF-8", "value_error");
        else if (value)
            b.take(field, *value, "header");
        b.elsewhere(field, value.has_value(), "header");
    }
    std::vector<std::pair<std::string, std::string>> pairs;
    switch (e.body) {
    case endpoint::body_kind::none:
        take_pairs(b, r.query, "query", pairs);
        b.rest_must_be_present("query");
        break;
    case endpoint::body_kind::form:
        take_pairs(b, r.body, "body", pairs);
        b.rest_must_be_present("body");
        break;
    case endpoint::body_kind::json:
        if (auto kind = r.header("Content-Type"); kind && !is_json(*kind))
            b.wrong({"body"}, "The body should be JSON, with Content-Type: application/json", "value_error");
        else
            b.body(r.body);
        break;
    case endpoint::body_kind::upload: {
        auto file = web::find_form_file(r.header("Content-Type").value_or(""), r.body, e.upload_field);
        if (file)
            b.take_file(e.upload_field, file->content);
        else if (file.error() == web::multipart_error::missing)
            b.wrong({"body", e.upload_field}, "Field required", "missing");
        else
            b.wrong({"body"}, "The body should be multipart/form-data", "value_error");
        break;
    }
    }
    return out;
}

} // namespace edm::gateway
