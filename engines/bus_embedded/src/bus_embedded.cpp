#include "pump.hpp"

#include <edm/bus_embedded/bus_embedded.hpp>

#include <spdlog/spdlog.h>

#include <functional>
#include <set>
#include <stdexcept>

namespace edm::bus_embedded {

namespace {

class embedded_bus final : public bus
{
  public:
    explicit embedded_bus(parts p) : parts_(std::move(p)) {}

    task<> open(topology declared) override
    {
        std::size_t next = 0;
        for (auto& route : declared.subscriptions) {
            auto publisher = parts_.stores.find(route.publisher);
            auto subscriber = parts_.stores.find(route.service);
            if (publisher == parts_.stores.end() && subscriber == parts_.stores.end())
                continue;
            if (route.publisher.empty())
                throw std::runtime_error("EDM_BUS: " + route.subscription + " subscribes to " + route.topic +
                                         ", which a foreign program publishes; that needs EDM_BUS=rabbitmq");
            if (publisher == parts_.stores.end() || subscriber == parts_.stores.end())
                throw std::runtime_error("EDM_SERVICES: with EDM_BUS=embedded, " +
                                         (publisher == parts_.stores.end() ? route.publisher : route.service) +
                                         " must run in this process, because " + route.subscription +
                                         " subscribes to " + route.topic + " of " + route.publisher);
            auto& home = *parts_.contexts[next++ % parts_.contexts.size()];
            auto name = route.subscription;
            auto one = std::make_unique<pump>(std::move(route), *publisher->second, *subscriber->second, home);
            co_await one->open();
            pumps_.emplace(name, std::move(one));
        }
        for (auto& [service, where] : parts_.stores)
            where->on_committed([this, service = service] { committed(service); });
    }

    void consume(std::string_view subscription, consumer& to) override
    {
        auto& p = at(subscription);
        p.start(to);
        if (p.baseline_wanted())
            spawn(keep_making_baseline(p));
    }
    void settled(std::string_view subscription, std::uint64_t position) override { at(subscription).settled(position); }
    void committed(std::string_view service) override
    {
        for (auto& [name, p] : pumps_)
            if (p->route().publisher == service)
                p->hint();
    }
    void pause(std::string_view subscription) override { at(subscription).pause(); }
    void resume(std::string_view subscription) override { at(subscription).resume(); }

    task<> ask_baseline(baseline_request wanted) override
    {
        auto& p = at(wanted.subscription);
        co_await p.want_baseline();
        co_await make_baseline(p, wanted.rebuild);
    }
    void on_baseline(std::string_view service, std::function<task<>(baseline_request)> handler) override
    {
        baseline_handlers_.insert_or_assign(std::string{service}, std::move(handler));
    }
    task<> send_to(std::string_view subscription, std::vector<event_ptr> events) override
    {
        return at(subscription).send(std::move(events));
    }

    void broadcast(std::string message) override
    {
        for (auto& handler : broadcast_handlers_)
            handler(message);
    }
    void on_broadcast(std::function<void(std::string_view)> handler) override
    {
        broadcast_handlers_.push_back(std::move(handler));
    }

    backlog_depth backlog(std::string_view service) const override
    {
        backlog_depth depth;
        for (const auto& [name, p] : pumps_)
            if (p->route().publisher == service)
                depth.events = std::max(depth.events, p->behind());
        return depth;
    }
    std::optional<std::string> trouble() const override { return {}; }
    task<std::optional<std::uint64_t>> on_the_way(std::string subscription) override
    {
        auto p = pumps_.find(subscription);
        if (p == pumps_.end())
            co_return std::nullopt;
        co_return p->second->unsettled();
    }
    /// There is nothing beside the notes of the subscriber's store.
    task<bool> remove(std::string) override { co_return true; }
    void stop() override
    {
        for (auto& [name, p] : pumps_)
            p->stop();
    }

  private:
    pump& at(std::string_view subscription) const
    {
        auto found = pumps_.find(subscription);
        if (found == pumps_.end())
            throw std::invalid_argument("no such subscription here: " + std::string{subscription});
        return *found->second;
    }

    task<> make_baseline(pump& p, bool rebuild)
    {
        auto handler = baseline_handlers_.find(p.route().publisher);
        if (handler == baseline_handlers_.end())
            co_return;
        co_await handler->second({p.route().subscription, rebuild});
        co_await p.baseline_done();
    }

    /// The request stands in the subscriber's store until a pass is complete: here, or at the next start.
    task<> keep_making_baseline(pump& p)
    {
        try {
            co_await make_baseline(p, false);
        } catch (const std::exception& e) {
            spdlog::error("baseline of {}: {}", p.route().subscription, e.what());
            p.home().after(milliseconds{1000}, [this, &p] {
                if (!p.stopped())
                    spawn(keep_making_baseline(p));
            });
        }
    }

    parts parts_;
    std::map<std::string, std::unique_ptr<pump>, std::less<>> pumps_;
    std::map<std::string, std::function<task<>(baseline_request)>, std::less<>> baseline_handlers_;
    std::vector<std::function<void(std::string_view)>> broadcast_handlers_;
};

} // namespace

std::unique_ptr<bus> make_bus(parts p)
{
    return std::make_unique<embedded_bus>(std::move(p));
}

} // namespace edm::bus_embedded
