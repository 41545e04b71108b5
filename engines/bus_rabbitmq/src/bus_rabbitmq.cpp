#include "baseline_ends.hpp"
#include "names.hpp"
#include "publisher.hpp"
#include "receiver.hpp"
#include "stream.hpp"

#include <edm/bus_rabbitmq/bus_rabbitmq.hpp>
#include <edm/observability/log.hpp>

#include <algorithm>

namespace edm::bus_rabbitmq {

namespace log = observability::log;

namespace {

constexpr std::size_t direct_page = 200; ///< of `send_to`, in flight at once
constexpr milliseconds look_for_makers{2000};
constexpr milliseconds longest_pass{5 * 60 * 1000}; ///< that somebody waits for

class rabbitmq_bus final : public bus
{
  public:
    rabbitmq_bus(options o, std::vector<server> servers)
        : options_(std::move(o)), instance_(options_.environment.id()), publisher_(options_, servers, cursors_),
          receiver_(options_, servers, publisher_, instance_), servers_(servers.size())
    {
    }
    /// Without `stop` this is the end of a process that was not told: nothing says that it was clean.
    ~rabbitmq_bus() override
    {
        end_links();
        ends_->stop();
    }

    task<> open(topology declared) override
    {
        std::size_t next = 0;
        for (const auto& route : declared.subscriptions) {
            auto subscriber = options_.stores.find(route.service);
            if (subscriber == options_.stores.end())
                continue;
            auto& home = *options_.contexts[next++ % options_.contexts.size()];
            auto one = std::make_unique<stream>(route, home, *subscriber->second, cursors_, options_.sole_owner);
            co_await one->open();
            one->on_baseline_end = [this, s = one.get()](std::string request, std::uint64_t position) {
                spawn(end_baseline(*s, std::move(request), position));
            };
            streams_.emplace(route.subscription, std::move(one));
        }
        publisher_.declare(std::move(declared));
        co_await publisher_.find_starts();
        for (auto& [service, where] : options_.stores)
            where->on_committed([this, service = service] { publisher_.hint(service); });
        receiver_.on_broadcast = [this](std::string_view message) { hear(message); };
        receiver_.on_baseline_end = [this](std::string_view request) { ends_->tell(std::string{request}); };
        receiver_.on_missing = [this] { publisher_.look_again(); };
        auto refused = co_await callback<std::string>([this](resumption<std::string> opened) { begin(opened); });
        if (refused.empty()) {
            if (!receives_)
                co_await publisher_.begin_epochs();
            co_return;
        }
        end_links();
        throw std::runtime_error(refused);
    }

    void consume(std::string_view subscription, consumer& to) override
    {
        auto& s = at(subscription);
        s.start(to);
        receiver_.add(s);
    }
    void settled(std::string_view subscription, std::uint64_t position) override { at(subscription).settled(position); }
    void committed(std::string_view service) override { publisher_.hint(service); }
    void pause(std::string_view subscription) override { at(subscription).pause(); }
    void resume(std::string_view subscription) override { at(subscription).resume(); }

    task<> ask_baseline(baseline_request wanted) override
    {
        const auto& route = at(wanted.subscription).route();
        auto request = options_.environment.id();
        auto how = co_await publisher_.request_baseline(std::move(wanted), request);
        if (how != sent::confirmed)
            throw std::runtime_error("the broker is away");
        co_await wait_for_end(route, std::move(request));
    }
    void on_baseline(std::string_view service, std::function<task<>(baseline_request)> handler) override
    {
        receiver_.serve_baselines(std::string{service}, std::move(handler));
    }
    task<> send_to(std::string_view subscription, std::vector<event_ptr> events) override
    {
        return send(std::string{subscription}, std::move(events));
    }

    void broadcast(std::string message) override
    {
        hear(message);
        publisher_.broadcast(std::move(message), instance_);
    }
    void on_broadcast(std::function<void(std::string_view)> handler) override
    {
        std::lock_guard lock(mutex_);
        handlers_.push_back(std::make_shared<std::function<void(std::string_view)>>(std::move(handler)));
    }

    backlog_depth backlog(std::string_view service) const override { return {publisher_.unconfirmed(service)}; }

    std::optional<std::string> trouble() const override { return publisher_.trouble(); }
    task<std::optional<std::uint64_t>> on_the_way(std::string subscription) override
    {
        if (!receives_) // there was no broker yet
            co_return std::nullopt;
        co_return co_await receiver_.on_the_way(std::move(subscription));
    }
    task<bool> remove(std::string subscription) override { return publisher_.remove_queue(std::move(subscription)); }

    void stop() override
    {
        publisher_.stop();
        receiver_.stop();
        for (auto& [name, s] : streams_)
            s->stop();
        ends_->stop();
    }

  private:
    stream& at(std::string_view subscription) const
    {
        auto found = streams_.find(subscription);
        if (found == streams_.end())
            throw std::invalid_argument("no such subscription here: " + std::string{subscription});
        return *found->second;
    }

    /// Answers once: with nothing when the topology exists, or when nobody can be reached; with why we are refused.
    void begin(resumption<std::string> opened)
    {
        auto answered = std::make_shared<bool>(false);      // touched on the publisher's thread alone
        auto told = std::make_shared<std::optional<int>>(); // the reply code of the trouble that was logged last
        publisher_.on_established = [this, answered, opened, told] {
            receiver_.start();
            receiver_.release();
            receives_ = true;
            log::info("rabbitmq_connected", {});
            told->reset();
            if (!std::exchange(*answered, true))
                opened({});
        };
        publisher_.on_held_up = [answered, opened] {
            if (std::exchange(*answered, true))
                return;
            log::warning("rabbitmq_held_up",
                         {{"why", "the broker is there and takes nothing yet"}, {"then", "events wait in the log"}});
            opened({});
        };
        publisher_.on_trouble = [this, answered, opened, told, tried = std::size_t{0}](const broken& why) mutable {
            if (why.is_elsewhere())
                receiver_.hold();
            else if (++tried < servers_ && !*answered)
                return; // another broker of the list may do
            if (std::exchange(*told, why.reply) != why.reply) {
                if (why.is_elsewhere())
                    log::error("service_runs_twice", {{"why", why.what()}, {"then", "this process takes no events"}});
                else
                    log::warning(
                        "rabbitmq_away",
                        {{"setting", "EDM_RABBITMQ_URL"}, {"why", why.what()}, {"then", "events wait in the log"}});
            }
            if (!std::exchange(*answered, true))
                opened(line_of(why));
        };
        publisher_.start();
    }

    /// Why the start is refused; empty where it is not.
    static std::string line_of(const broken& why)
    {
        if (!why.refused())
            return {};
        return why.is_elsewhere() ? why.what() : std::string{"EDM_RABBITMQ_URL: "} + why.what();
    }

    /// The broker has it from then on; whoever sends meanwhile waits for the confirm.
    task<> send(std::string subscription, std::vector<event_ptr> events)
    {
        for (std::size_t i = 0; i < events.size(); i += direct_page) {
            std::vector<direct_message> page;
            for (std::size_t j = i; j != std::min(events.size(), i + direct_page); ++j) {
                auto read = decode_event(events[j]->bytes);
                page.push_back({.queue = queue_of(subscription),
                                .content_type = std::string{cloud_event},
                                .message_id = read ? read->id : options_.environment.id(),
                                .body = events[j]->bytes});
            }
            auto how = co_await publisher_.send_all(std::move(page));
            if (how != sent::confirmed)
                throw std::runtime_error("the broker went away");
        }
    }

    /// Returns when the pass is complete and all of it is settled. The request stands where the wait is cut short.
    task<> wait_for_end(const subscription_route& route, std::string request)
    {
        int alone = 0; // looks at which nobody made baselines, one after the other
        for (auto waited = milliseconds{0}; waited < longest_pass; waited += look_for_makers) {
            auto how = co_await ends_->wait(request, look_for_makers);
            if (how == baseline_ends::outcome::ended)
                co_return;
            if (how == baseline_ends::outcome::stopped)
                throw std::runtime_error("the process stops; the baseline is made later");
            auto makers = co_await publisher_.makers_of_baselines(route.publisher);
            alone = makers == 0u ? alone + 1 : 0;
            if (alone == 2)
                throw std::runtime_error("no process runs " + route.publisher +
                                         ", which has what was asked for; it is sent when one does");
        }
        throw std::runtime_error("the end of the baseline was not heard of in time; it goes on by itself");
    }

    /// The note goes before the message is acknowledged: it never stands without somebody to remove it.
    task<> end_baseline(stream& s, std::string request, std::uint64_t position)
    {
        auto cleared = co_await options_.stores.at(s.route().service)
                           ->note_now("baseline/" + s.route().subscription, std::nullopt);
        if (!cleared) {
            s.home().after(milliseconds{1000}, [this, &s, request = std::move(request), position]() mutable {
                spawn(end_baseline(s, std::move(request), position));
            });
            co_return;
        }
        s.settled(position);
        log::info("baseline_complete", {{"subscription", s.route().subscription}});
        publisher_.broadcast(request, instance_, end_of_baseline); // who asked may be another process
        ends_->tell(request);
    }

    void hear(std::string_view message)
    {
        std::vector<std::shared_ptr<std::function<void(std::string_view)>>> handlers;
        {
            std::lock_guard lock(mutex_);
            handlers = handlers_;
        }
        for (auto& handler : handlers)
            (*handler)(message);
    }

    void end_links()
    {
        publisher_.end(); // it is who starts the other one
        receiver_.finish();
    }

    options options_;
    std::string instance_;
    cursors cursors_;
    std::map<std::string, std::unique_ptr<stream>, std::less<>> streams_;
    publisher publisher_;
    receiver receiver_;
    std::size_t servers_;
    std::atomic<bool> receives_{false};
    std::shared_ptr<baseline_ends> ends_ = std::make_shared<baseline_ends>();

    std::mutex mutex_;
    std::vector<std::shared_ptr<std::function<void(std::string_view)>>> handlers_;
};

} // namespace

std::unique_ptr<bus> make_bus(options o)
{
    auto servers = parse_servers(o.urls);
    if (!servers)
        throw std::runtime_error("EDM_RABBITMQ_URL: " + servers.error());
    return std::make_unique<rabbitmq_bus>(std::move(o), std::move(*servers));
}

} // namespace edm::bus_rabbitmq
