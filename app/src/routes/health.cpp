#include "platform_routes.hpp"
#include "reply.hpp"

#include <edm/describe/describe.hpp>

namespace edm::app {

namespace {

struct check
{
    std::string name;
    bool ok = true;
    std::optional<std::string> reason;
};
BOOST_DESCRIBE_STRUCT(check, (), (name, ok, reason))

struct readiness
{
    std::string status;
    std::optional<std::string> reason; ///< of the first check that failed
    std::optional<std::vector<check>> checks;
    std::optional<std::int64_t> port;
};
BOOST_DESCRIBE_STRUCT(readiness, (), (status, reason, checks, port))

class health
{
  public:
    explicit health(const platform_parts& p) : p_(p) {}

    web::response ready(const web::request& r) const
    {
        std::vector<check> all;
        bool serves = true, whole = true;
        bool accepting = p_.ready->load();
        all.push_back({"accepting requests", accepting, {}});
        if (!accepting) {
            serves = false;
            all.back().reason = "the process starts or stops";
        }
        for (const auto& [name, s] : *p_.stores) {
            auto trouble = s->trouble();
            // A full disk still serves reads, and another process would have no more room.
            serves = serves && (!trouble || *trouble == store::disk_full);
            whole = whole && !trouble;
            all.push_back({"store of " + name, !trouble, std::move(trouble)});
        }
        auto add = [&](std::string name, std::optional<std::string> trouble) {
            whole = whole && !trouble;
            all.push_back({std::move(name), !trouble, std::move(trouble)});
        };
        // Events wait in the log meanwhile: what is committed is delivered later.
        add("bus", p_.bus->trouble());
        add("room", room());
        readiness out{.status = !serves ? "not_ready" : whole ? "ready" : "degraded"};
        for (const auto& one : all)
            if (!one.ok && !out.reason)
                out.reason = one.name + ": " + one.reason.value_or("");
        if (query_value(r, "verbose")) {
            out.checks = std::move(all);
            out.port = p_.port->load();
        }
        auto answer = json_response(encode(out), serves ? 200 : 503);
        answer.headers.emplace_back("Cache-Control", "no-store");
        return answer;
    }

    web::response metrics() const
    {
        web::response out;
        out.content_type = observability::metrics::content_type;
        out.body = p_.metrics->text();
        return out;
    }

  private:
    /// Who has little room, and refuses what would publish more.
    std::optional<std::string> room() const
    {
        for (const auto& [name, s] : *p_.stores)
            if (s->short_of_room())
                return "the store of " + name + " has little room left, so requests that publish events are refused";
        return {};
    }

    platform_parts p_;
};

} // namespace

void add_health_routes(gateway::router& to, const platform_parts& p)
{
    auto all = std::make_shared<health>(p);
    to.add(
        {"GET", "/livez", false, at_once([](const web::request&) { return json_response(R"({"status":"live"})"); })});
    to.add({"GET", "/readyz", false, at_once([all](const web::request& r) { return all->ready(r); })});
    to.add({"GET", "/metrics", false, at_once([all](const web::request&) { return all->metrics(); })});
}

} // namespace edm::app
