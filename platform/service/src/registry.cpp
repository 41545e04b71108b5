#include <edm/service/registry.hpp>

#include <edm/core/text.hpp>
#include <edm/service/access_guard.hpp>

#include <algorithm>
#include <stdexcept>

namespace edm {

namespace {

/// `/buy-recipe/{recipe_id}` names `recipe_id`.
std::vector<std::string> path_fields(std::string_view path)
{
    std::vector<std::string> out;
    for (auto open = path.find('{'); open != std::string_view::npos; open = path.find('{', open)) {
        auto close = path.find('}', open);
        if (close == std::string_view::npos)
            throw std::logic_error("an endpoint's path has an open brace: " + std::string{path});
        out.emplace_back(path.substr(open + 1, close - open - 1));
        open = close;
    }
    return out;
}

/// A stable operationId: `post_buy_recipe`.
std::string operation_id(std::string_view method, std::string_view path)
{
    std::string out = ascii_lower(method);
    for (char c : path.substr(0, path.find("/{"))) {
        if (c == '/' || c == '-')
            out += '_';
        else if (c != '{' && c != '}')
            out += c;
    }
    return out;
}

} // namespace

endpoint_builder& endpoint_builder::header(std::string name)
{
    std::string field = ascii_lower(name);
    std::replace(field.begin(), field.end(), '-', '_');
    e_.header_fields.emplace_back(std::move(field), std::move(name));
    return *this;
}

registry::registry(model& into, config::settings& settings, std::string service)
    : model_(into), settings_(settings), service_(std::move(service))
{
    model_.services.push_back(service_);
}

database_declaration& registry::add_database(std::string name)
{
    if (model_.database(service_, name))
        throw std::logic_error(service_ + " declares database " + name + " twice");
    auto id = static_cast<db_id>(std::count_if(model_.databases.begin(), model_.databases.end(),
                                               [&](const auto& d) { return d.service == service_; }));
    return model_.databases.emplace_back(database_declaration{.service = service_, .name = std::move(name), .id = id});
}

topic_declaration& registry::add_topic(std::string_view name, const type* data)
{
    if (const auto* other = model_.topic(name))
        throw std::logic_error("topic " + std::string{name} + " is published by " +
                               (other->external ? "a foreign program" : other->service) + " and by " + service_);
    auto& t = model_.topics.emplace_back();
    t.service = service_;
    t.name = name;
    t.event_type = "edm." + t.name + ".v1";
    t.data = data;
    return t;
}

subscription_declaration& registry::add_subscription(std::string name, std::string_view topic)
{
    if (!name.starts_with(service_ + "."))
        throw std::logic_error("subscription " + name + " must be named " + service_ + ".<what it does>");
    if (model_.subscription(name))
        throw std::logic_error("subscription " + name + " is declared twice");
    auto& s = model_.subscriptions.emplace_back();
    s.service = service_;
    s.name = std::move(name);
    s.topic = topic;
    return s;
}

due_declaration& registry::add_due(db_id db, std::string kind, int max_attempts)
{
    auto& d = model_.due.emplace_back();
    d.service = service_;
    d.kind = std::move(kind);
    d.db = db;
    d.max_attempts = max_attempts;
    return d;
}

endpoint& registry::add_endpoint(std::string method, std::string path)
{
    for (const auto& e : model_.endpoints)
        if (e.method == method && e.path == path)
            throw std::logic_error(method + " " + path + " is declared by " + e.service + " and by " + service_);
    auto& e = model_.endpoints.emplace_back();
    e.service = service_;
    e.operation = operation_id(method, path);
    e.path_fields = path_fields(path);
    e.method = std::move(method);
    e.path = std::move(path);
    return e;
}

void registry::finish()
{
    bool guarded = std::any_of(model_.endpoints.begin(), model_.endpoints.end(),
                               [&](const endpoint& e) { return e.service == service_ && e.authenticated; });
    if (guarded)
        declare_access(*this, model_);
}

} // namespace edm
