#pragma once

#include <edm/bus_embedded/bus_embedded.hpp>
#include <edm/delivery/delivery.hpp>
#include <edm/testing/document_store.hpp>
#include <edm/testing/loop.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace edm::delivery_tests {

using namespace std::chrono_literals;
using testing::document_engine;
using testing::loop;
using testing::manual_clock;
using testing::seeded_random;

using handler = decltype(subscription_declaration::handle);

inline constexpr error_kind refused{409, "refused", "The handler refuses this."};

/// The text of an event's data, which is JSON of one string without escapes.
inline std::string text_of(const void* event)
{
    return *static_cast<const std::string*>(event);
}

/// Appends the event's text to the document, a line each.
inline result<raw_change> append(const loaded& document, const void* event, const received&, std::span<const loaded>)
{
    return raw_change{.value = document.value.value_or("") + text_of(event) + "\n"};
}

inline subscription_declaration subscription(std::string name, std::string topic, handler handle)
{
    subscription_declaration s;
    s.service = name.substr(0, name.find('.'));
    s.name = std::move(name);
    s.topic = std::move(topic);
    s.document_is_key = true;
    s.decode = [](std::string_view data) -> std::expected<std::shared_ptr<const void>, std::string> {
        if (data.size() < 2 || data.front() != '"')
            return std::unexpected<std::string>("no text");
        return std::make_shared<std::string>(data.substr(1, data.size() - 2));
    };
    s.document_of = [](const void*, std::string_view key) { return std::string{key}; };
    s.handle = std::move(handle);
    return s;
}

inline topic_declaration topic(std::string service, std::string name)
{
    topic_declaration t;
    t.service = std::move(service);
    t.event_type = "edm." + name + ".v1";
    t.name = std::move(name);
    t.event_of = [](const loaded& document) -> std::optional<std::string> {
        if (!document.value)
            return {};
        return "\"" + *document.value + "\"";
    };
    return t;
}

/// `shop` (database 0) publishes `ordered`; `ledger` keeps a document per key of it in its database 0.
inline declarations shop_and_ledger(handler handle = append)
{
    declarations d;
    d.services = {"shop", "ledger"};
    d.databases.push_back(
        {.service = "shop", .name = "orders", .id = 0, .indexes = {}, .description = {}, .watched = true});
    d.databases.push_back(
        {.service = "ledger", .name = "accounts", .id = 0, .indexes = {}, .description = {}, .watched = true});
    d.databases.push_back({.service = "ledger", .name = "names", .id = 1, .indexes = {}, .description = {}});
    d.topics.push_back(topic("shop", "ordered"));
    d.subscriptions.push_back(subscription("ledger.count", "ordered", std::move(handle)));
    return d;
}

/// Stays the same through the deaths of processes: disks and time.
struct world
{
    explicit world(std::uint64_t seed = 1) : random(seed) {}
    /// Another history that starts from what a death left.
    world(document_engine::disks left, time_point when, std::uint64_t seed = 1)
        : clock(when), random(seed), engine(left)
    {
    }

    manual_clock clock;
    seeded_random random;
    document_engine engine;
};

/// One process: all services, one thread, virtual time.
class process
{
  public:
    process(world& w, const declarations& d, retry_policy retry = {}, bool sole_owner = true)
        : world_(w), context_(w.clock, 0ms)
    {
        for (const auto& name : d.services) {
            std::vector<database_schema> schema;
            for (const auto& one : d.databases)
                if (one.service == name)
                    schema.push_back({one.name, one.indexes});
            stores_.push_back(w.engine.open(name, std::move(schema)));
            by_name_.emplace(name, stores_.back().get());
        }
        bus_ = bus_embedded::make_bus({.stores = by_name_, .contexts = {&context_}});
        delivery_ = std::make_unique<delivery>(delivery::parts{.declared = &d,
                                                               .stores = by_name_,
                                                               .bus = bus_.get(),
                                                               .contexts = {&context_},
                                                               .environment = {&w.clock, &w.random},
                                                               .retry = retry,
                                                               .sole_owner = sole_owner});
        await(delivery_->start());
        context_.run_ready();
    }
    /// Ends in order. After a death, what is left of the process runs out here, and is nobody's.
    ~process()
    {
        world_.engine.faults->away = false;
        delivery_->stop();
        context_.advance(1min);
        for (auto& s : stores_)
            s->close();
    }

    template <class T>
    T await(task<T> work)
    {
        return context_.await(std::move(work));
    }
    void run() { context_.run_ready(); }
    void pass(milliseconds time) { context_.advance(time); }
    void drain() { await(delivery_->drained()); }

    delivery& at() { return *delivery_; }
    store& of(std::string_view service) { return *by_name_.find(service)->second; }
    edm::bus& line() { return *bus_; }
    executor& context() { return context_; }

    /// Sets the document's value in the shop, and publishes it.
    result<loaded> order(std::string key, std::string value)
    {
        call c;
        auto done = await(at().update(c, "shop", 0, key, [&](const loaded&, const moment&) -> result<raw_change> {
            return raw_change{.value = value, .events = {{"ordered", "\"" + value + "\""}}};
        }));
        run();
        return done;
    }
    std::string value(std::string_view service, std::string id, db_id db = 0)
    {
        auto found = await(of(service).load(db, std::move(id)));
        if (!found)
            return "(away)";
        return found->value.value_or("(none)");
    }
    sequence mark(std::string_view subscription, std::string key)
    {
        auto service = subscription.substr(0, subscription.find('.'));
        return await(of(service).load(0, key, {subscription, key}))->mark;
    }
    std::vector<parked_event> parked(std::string_view service = "ledger")
    {
        return await(of(service).parked({}, {}, 10'000)).value();
    }
    audit_row audit(std::string_view subscription = "ledger.count")
    {
        for (auto& row : await(at().audit()))
            if (row.subscription == subscription)
                return row;
        ADD_FAILURE() << "no row of " << subscription;
        return {};
    }

  private:
    world& world_;
    loop context_;
    std::vector<std::unique_ptr<store>> stores_;
    std::map<std::string, store*, std::less<>> by_name_;
    std::unique_ptr<bus> bus_;
    std::unique_ptr<delivery> delivery_;
};

/// What a process that dies after this write leaves.
struct death
{
    document_engine::disks disks;
    time_point when;
};

/// Keeps what a death after each write would leave, while it lives.
class death_watch
{
  public:
    explicit death_watch(world& w) : world_(w)
    {
        w.engine.faults->after = [this](std::uint64_t) {
            deaths.push_back({world_.engine.snapshot(), world_.clock.now()});
        };
    }
    ~death_watch() { world_.engine.faults->after = {}; }
    death_watch(const death_watch&) = delete;
    std::vector<death> deaths;

  private:
    world& world_;
};

} // namespace edm::delivery_tests
