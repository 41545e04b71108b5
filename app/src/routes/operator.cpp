#include "platform_routes.hpp"
#include "program.hpp"
#include "reply.hpp"

#include "operator_rows.hpp"

#include <edm/core/executor.hpp>

#include <fmt/format.h>

#include <charconv>

namespace edm::app {

namespace {

constexpr std::int64_t longest_wait = 300; ///< seconds

struct letter_request
{
    text<1, 200> subscription;
    text<1, 1024> key;
};
BOOST_DESCRIBE_STRUCT(letter_request, (), (subscription, key))

struct work_request
{
    text<1, 100> service, database;
    text<1, 1024> document, item;
};
BOOST_DESCRIBE_STRUCT(work_request, (), (service, database, document, item))

struct subscription_request
{
    text<1, 200> subscription;
};
BOOST_DESCRIBE_STRUCT(subscription_request, (), (subscription))

web::response violations_response(const std::vector<violation>& problems)
{
    return json_response(violations_json(problems), 422);
}

class operators
{
  public:
    explicit operators(const platform_parts& p) : p_(p) {}

    task<web::response> trail(const web::request& r) const
    {
        auto key = query_value(r, "key");
        if (!key || key->empty())
            co_return violations_response({{{"query", "key"}, "Field required", "missing"}});
        auto found = co_await p_.delivery->trail_json(*key);
        co_return json_response(std::move(found));
    }

    /// The rows of every subscription; with `wait`, once nothing lacks, or after so many seconds.
    task<web::response> audit(const web::request& r) const
    {
        std::int64_t wait = 0;
        if (auto given = query_value(r, "wait")) {
            auto [end, problem] = std::from_chars(given->data(), given->data() + given->size(), wait);
            if (problem != std::errc{} || end != given->data() + given->size() || wait < 0 || wait > longest_wait)
                co_return violations_response({{{"query", "wait"},
                                                fmt::format("Write a number of seconds from 0 to {}", longest_wait),
                                                "int_parsing"}});
        }
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{wait};
        milliseconds pause{10};
        for (;;) {
            auto rows = co_await p_.delivery->audit();
            std::uint64_t lacking = 0;
            for (const auto& row : rows)
                lacking += row.behind + row.lost;
            if (lacking == 0 || !p_.ready->load() || std::chrono::steady_clock::now() + pause >= until)
                co_return json_response(encode(rows));
            co_await sleep_for(pause);
            pause = std::min(pause * 2, milliseconds{1'000});
        }
    }

    task<web::response> dead_letters(const web::request& r) const
    {
        auto wanted = query_value(r, "subscription").value_or("");
        if (!wanted.empty() && !p_.declared->model.subscription(wanted))
            co_return gateway::failure_response(
                failure{errors::not_found, fmt::format("There is no subscription {}.", wanted)});
        letters out;
        auto dead = co_await p_.delivery->dead_letters(wanted);
        for (auto& one : dead) {
            const auto& e = one.parked;
            out.dead_letters.push_back({.subscription = e.subscription,
                                        .topic = e.event->topic,
                                        .key = e.key,
                                        .sequence = e.sequence.text(),
                                        .baseline = e.baseline,
                                        .attempts = e.attempts,
                                        .parked_at = time_point{milliseconds{e.parked_at}},
                                        .reason = e.reason,
                                        .waiting = static_cast<std::int64_t>(one.waiting),
                                        .event = {std::string{e.event->bytes}}});
        }
        if (wanted.empty())
            out.exhausted = co_await p_.delivery->exhausted_due();
        co_return json_response(encode(out));
    }

    task<web::response> subscriptions(const web::request&) const
    {
        std::vector<subscription_row> rows;
        auto counted = co_await p_.delivery->audit();
        for (const auto& s : p_.declared->model.subscriptions) {
            rows.push_back({.service = s.service,
                            .name = s.name,
                            .topic = s.topic,
                            .database = database_name(s.service, s.db),
                            .declared = true,
                            .runs_here = p_.runs_here->contains(s.service)});
            for (const auto& row : counted)
                if (row.subscription == s.name)
                    rows.back().count(row);
        }
        for (auto& [service, name] : p_.delivery->undeclared_subscriptions())
            rows.push_back({.service = std::move(service), .name = std::move(name), .runs_here = false});
        co_return json_response(encode(rows));
    }

    task<result<nothing>> retry(letter_request which) const
    {
        return p_.delivery->retry(which.subscription, which.key);
    }
    task<result<nothing>> discard(letter_request which) const
    {
        return p_.delivery->discard(which.subscription, which.key);
    }
    task<result<nothing>> retry_work(work_request which) const
    {
        return p_.delivery->retry_due(which.service, which.database, which.document, which.item);
    }
    task<result<nothing>> rebuild(subscription_request which) const { return p_.delivery->rebuild(which.subscription); }
    task<result<nothing>> drop(subscription_request which) const
    {
        return p_.delivery->drop_subscription(which.subscription);
    }

  private:
    std::string database_name(std::string_view service, db_id db) const
    {
        for (const auto& d : p_.declared->model.databases)
            if (d.service == service && d.id == db)
                return d.name;
        return {};
    }

    platform_parts p_;
};

/// What is asked of an operator's command, done; it has no data of its own to answer.
template <class Request>
task<web::response> carry_out(const operators& all, task<result<nothing>> (operators::*command)(Request) const,
                              std::string_view body, std::string_view name, std::string_view description)
{
    Request which;
    auto problems = decode_into(which, body);
    if (!problems.empty())
        co_return violations_response(problems);
    auto done = co_await (all.*command)(std::move(which));
    if (!done)
        co_return gateway::failure_response(done.error());
    co_return json_response(gateway::envelope_json(name, false, description, {}));
}

} // namespace

void add_operator_routes(gateway::router& to, const platform_parts& p)
{
    auto all = std::make_shared<operators>(p);
    auto get = [&](std::string path, task<web::response> (operators::*answer)(const web::request&) const) {
        to.add({"GET", std::move(path), true,
                [all, answer](const web::request& r) { return explained(((*all).*answer)(r)); }});
    };
    auto post = [&](std::string path, auto command, std::string_view name, std::string_view description) {
        to.add({"POST", std::move(path), true,
                [=](const web::request& r) { return explained(carry_out(*all, command, r.body, name, description)); }});
    };
    get("/events", &operators::trail);
    get("/operator/audit", &operators::audit);
    get("/operator/deadletters", &operators::dead_letters);
    post("/operator/deadletters/retry", &operators::retry, "retried", "The event is tried again now.");
    post("/operator/deadletters/discard", &operators::discard, "discarded",
         "The event is discarded; later events of its key follow.");
    post("/operator/duework/retry", &operators::retry_work, "retried", "The effect is tried again now.");
    get("/operator/subscriptions", &operators::subscriptions);
    post("/operator/subscriptions/rebuild", &operators::rebuild, "rebuilt",
         "The present state of every key was sent to the subscription again.");
    post("/operator/subscriptions/drop", &operators::drop, "dropped", "What was stored of the subscription is gone.");
}

} // namespace edm::app
