#include "audit_rows.hpp"
#include "platform_routes.hpp"
#include "reply.hpp"

#include <edm/delivery/audit.hpp>

namespace edm::app {

namespace {

/// The ends that this process has, in pages, for whoever joins several processes.
class audit_pages
{
  public:
    explicit audit_pages(const platform_parts& p) : p_(p), here_(p.delivery->audited_here()) {}

    task<web::response> services(const web::request&) const
    {
        audited_here out{.services = {p_.runs_here->begin(), p_.runs_here->end()}};
        co_return json_response(encode(out));
    }
    /// What is unsent is read after the counters were; the epoch does not change while a process runs.
    task<web::response> publisher(const web::request& r) const
    {
        auto service = text(r, "service");
        auto epoch = co_await here_->epoch(service);
        auto unsent = co_await here_->unsent(std::move(service));
        co_return json_response(encode(audited_publisher{.epoch = epoch, .unsent = unsent}));
    }
    task<web::response> subscriber(const web::request& r) const
    {
        auto name = text(r, "subscription");
        auto way = co_await here_->on_the_way(name);
        auto starting = co_await here_->starting(std::move(name));
        co_return json_response(encode(audited_subscriber{.starting = starting, .on_the_way = way}));
    }
    task<web::response> counters(const web::request& r) const
    {
        auto found = co_await here_->counters(text(r, "topic"), text(r, "after"));
        co_return key_rows(found);
    }
    task<web::response> marks(const web::request& r) const
    {
        auto found = co_await here_->marks(text(r, "subscription"), text(r, "after"));
        co_return key_rows(found);
    }
    task<web::response> parked(const web::request& r) const
    {
        auto after = sequence::parse(text(r, "sequence")).value_or(sequence{});
        auto found = co_await here_->parked(text(r, "subscription"), text(r, "after"), after);
        std::vector<audited_event_row> rows;
        rows.reserve(found.size());
        for (auto& e : found)
            rows.push_back({std::move(e.key), e.sequence.text(), e.baseline, e.rebuild, e.dead});
        co_return json_response(encode(rows));
    }

  private:
    static std::string text(const web::request& r, std::string_view name)
    {
        return query_value(r, name).value_or(std::string{});
    }
    static web::response key_rows(std::vector<counter_entry>& found)
    {
        std::vector<audited_key_row> rows;
        rows.reserve(found.size());
        for (auto& one : found)
            rows.push_back({std::move(one.key), one.sequence.text()});
        return json_response(encode(rows));
    }

    platform_parts p_;
    std::unique_ptr<audit_side> here_;
};

/// 404 where what is asked for does not run here.
task<web::response> found(task<web::response> work)
{
    try {
        co_return co_await std::move(work);
    } catch (const std::invalid_argument& e) {
        co_return gateway::failure_response(failure{errors::not_found, e.what()});
    }
}

} // namespace

void add_audit_routes(gateway::router& to, const platform_parts& p)
{
    auto all = std::make_shared<audit_pages>(p);
    auto get = [&](std::string path, task<web::response> (audit_pages::*answer)(const web::request&) const) {
        to.add({"GET", std::move(path), true,
                [all, answer](const web::request& r) { return explained(found(((*all).*answer)(r))); }});
    };
    get("/operator/audit/services", &audit_pages::services);
    get("/operator/audit/publisher", &audit_pages::publisher);
    get("/operator/audit/subscriber", &audit_pages::subscriber);
    get("/operator/audit/counters", &audit_pages::counters);
    get("/operator/audit/marks", &audit_pages::marks);
    get("/operator/audit/parked", &audit_pages::parked);
}

} // namespace edm::app
