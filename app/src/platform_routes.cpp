#include "platform_routes.hpp"

#include <edm/describe/describe.hpp>
#include <edm/mail/mailbox.hpp>
#include <edm/web/uri.hpp>

namespace edm {

BOOST_DESCRIBE_STRUCT(audit_row, (), (subscription, topic, keys, behind, lost, parked, dead))

} // namespace edm

namespace edm::app {

namespace {

web::response json(std::string body, int status = 200)
{
    web::response out;
    out.status = status;
    out.content_type = "application/json";
    out.body = std::move(body);
    return out;
}

class routes
{
  public:
    explicit routes(platform_parts p) : p_(p) {}

    task<web::response> live(const web::request&) const { co_return json(R"({"status":"live"})"); }

    task<web::response> ready(const web::request&) const
    {
        for (const auto& [name, s] : *p_.stores)
            if (auto trouble = s->trouble()) {
                std::string body = R"({"status":"not_ready","service":)";
                append_json_string(body, name);
                body += R"(,"reason":)";
                append_json_string(body, *trouble);
                co_return json(body + "}", 503);
            }
        co_return p_.ready->load() ? json(R"({"status":"ready"})") : json(R"({"status":"not_ready"})", 503);
    }

    task<web::response> metrics(const web::request&) const
    {
        web::response out;
        out.content_type = observability::metrics::content_type;
        out.body = p_.metrics->text();
        co_return out;
    }

    task<web::response> trail(const web::request& r) const
    {
        auto pairs = web::parse_query(r.query);
        std::string key;
        for (auto& [name, value] : pairs.value_or(std::vector<std::pair<std::string, std::string>>{}))
            if (name == "key")
                key = value;
        co_return json(co_await p_.delivery->trail_json(key));
    }

    task<web::response> audit(const web::request&) const
    {
        auto rows = co_await p_.delivery->audit();
        co_return json(encode(rows));
    }

    task<web::response> mailbox(const web::request& r) const
    {
        web::response out;
        out.content_type = "text/html; charset=utf-8";
        auto* box = dynamic_cast<mail_engine::mailbox*>(p_.mail);
        out.body = mail_engine::mailbox_page(*box);
        co_return out;
    }

  private:
    platform_parts p_;
};

} // namespace

void add_platform_routes(gateway::router& to, platform_parts p)
{
    auto all = std::make_shared<routes>(p);
    auto add = [&](std::string path, bool administrator,
                   task<web::response> (routes::*answer)(const web::request&) const) {
        to.add({"GET", std::move(path), administrator,
                [all, answer](const web::request& r) { return ((*all).*answer)(r); }});
    };
    add("/livez", false, &routes::live);
    add("/readyz", false, &routes::ready);
    add("/metrics", false, &routes::metrics);
    add("/events", true, &routes::trail);
    add("/operator/audit", true, &routes::audit);
    if (p.development && dynamic_cast<mail_engine::mailbox*>(p.mail))
        add("/mailbox", false, &routes::mailbox);
}

} // namespace edm::app
