#include "joined_audit.hpp"

#include "audited_place.hpp"
#include "program.hpp"
#include "waiting.hpp"

#include <edm/web/contexts.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace edm::app {

namespace {

/// What a process leaves behind that dies between a commit and the broker, others take up within this time.
constexpr std::chrono::seconds taken_over{7};

class joining
{
  public:
    joining(const program& declared, const std::vector<std::string>& where, std::string user, std::string password)
        : declared_(declared), user_(std::move(user)), password_(std::move(password)), contexts_(1), client_(contexts_)
    {
        for (const auto& one : where)
            places_.push_back({std::make_unique<audited_place>(client_, one), {}});
        contexts_.start();
    }
    ~joining()
    {
        contexts_.stop();
        contexts_.join();
    }
    joining(const joining&) = delete;

    std::vector<joined_row> rows(std::chrono::seconds wait)
    {
        std::vector<joined_row> out;
        run_on(contexts_.at(0), count(wait, out));
        return out;
    }

  private:
    struct place
    {
        std::unique_ptr<audited_place> at;
        std::set<std::string> services;
    };

    /// Whichever process gives tokens: all of them know the key that signs them.
    task<> log_in() const
    {
        auto first = std::ranges::find_if(places_, [](const place& one) { return one.at->has_url(); });
        if (first == places_.end())
            co_return;
        if (user_.empty() || password_.empty())
            throw command_failed(fmt::format("{} is asked as the administrator: set APP_ADM_USER and APP_ADM_PASSWORD, "
                                             "or give its data directory",
                                             first->at->name()));
        std::optional<std::string> token;
        for (const auto& one : places_) {
            if (token || !one.at->has_url())
                continue;
            auto given = co_await one.at->log_in(user_, password_);
            token = std::move(given);
        }
        if (!token)
            throw command_failed("none of these URLs lets the administrator log in; give that of a process that runs "
                                 "authentication, too");
        for (const auto& one : places_)
            if (one.at->has_url())
                one.at->use_token(*token);
    }

    std::vector<audit_side*> who_run(const std::string& service) const
    {
        std::vector<audit_side*> out;
        for (const auto& one : places_)
            if (one.services.contains(service))
                out.push_back(one.at.get());
        return out;
    }

    task<std::vector<joined_row>> once() const
    {
        std::vector<joined_row> out;
        for (const auto& to : declared_.model.subscriptions) {
            const auto& topic = *declared_.model.topic(to.topic);
            if (topic.external)
                continue; // a foreign program has the counters
            const auto& publisher = topic.service;
            audited_ends ends{to.name, to.topic, publisher, who_run(publisher), who_run(to.service)};
            joined_row row{.counted = {.subscription = to.name, .topic = to.topic}, .not_seen = {}};
            if (ends.publishers.empty())
                row.not_seen.push_back(publisher);
            if (ends.subscribers.empty() && to.service != publisher)
                row.not_seen.push_back(to.service);
            if (row.not_seen.empty())
                row.counted = co_await audit_subscription(std::move(ends));
            out.push_back(std::move(row));
        }
        co_return out;
    }

    task<> count(std::chrono::seconds wait, std::vector<joined_row>& out)
    {
        using clock = std::chrono::steady_clock;
        co_await log_in();
        for (auto& one : places_)
            one.services = co_await one.at->services();
        const auto began = clock::now();
        milliseconds pause{100};
        for (;;) {
            out = co_await once();
            auto has = [&](auto member) {
                return std::ranges::any_of(out, [&](const joined_row& r) { return r.counted.*member != 0; });
            };
            bool lost = has(&audit_row::lost), behind = has(&audit_row::behind);
            auto limit = std::max<std::chrono::seconds>(wait, lost ? taken_over : std::chrono::seconds{0});
            if ((!lost && !behind) || clock::now() + pause >= began + limit)
                co_return;
            co_await sleep_for(pause);
            pause = std::min(pause * 2, milliseconds{1'000});
        }
    }

    const program& declared_;
    std::string user_, password_;
    web::contexts contexts_;
    web::client client_;
    std::vector<place> places_;
};

} // namespace

std::vector<joined_row> joined_audit(const program& declared, const std::vector<std::string>& where,
                                     std::chrono::seconds wait, const std::string& user, const std::string& password)
{
    return joining{declared, where, user, password}.rows(wait);
}

} // namespace edm::app
