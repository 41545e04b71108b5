#pragma once

#include "documents.hpp"
#include "notifications.hpp"

#include <edm/delivery/delivery.hpp>
#include <edm/testing/document_store.hpp>
#include <edm/testing/loop.hpp>
#include <edm/testing_engines/embedded.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace edm::notifications {

/// A reader of the stream, with virtual time.
class reader : public event_stream
{
  public:
    explicit reader(testing::loop& on) : on_(on) {}

    task<bool> send(std::vector<stream_event> events) override
    {
        for (auto& e : events)
            received.push_back(std::move(e));
        ++writes;
        co_return connected;
    }
    task<bool> heartbeat() override
    {
        ++heartbeats;
        co_return connected;
    }
    task<wake> wait(milliseconds timeout) override
    {
        if (woken_) {
            woken_ = false;
            co_return wake::woken;
        }
        const auto turn = ++turn_;
        on_.after(timeout, [this, turn] { end_wait(turn, wake::timeout); });
        auto why = co_await callback<wake>([&](resumption<wake> done) { waiting_ = done; });
        woken_ = false;
        co_return why;
    }
    std::function<void()> waker() override
    {
        return [this] {
            on_.post([this] {
                woken_ = true;
                end_wait(turn_, wake::woken);
            });
        };
    }
    void disconnect()
    {
        connected = false;
        end_wait(turn_, wake::closed);
    }

    std::vector<stream_event> received;
    int writes = 0;
    int heartbeats = 0;
    bool connected = true;
    bool ended = false;

  private:
    void end_wait(int turn, wake why)
    {
        if (turn != turn_ || !waiting_)
            return;
        auto done = *waiting_;
        waiting_.reset();
        done(why);
    }

    testing::loop& on_;
    std::optional<resumption<wake>> waiting_;
    int turn_ = 0;
    bool woken_ = false;
};

/// The service on a store in memory, one thread and virtual time; no publishers: documents are written directly.
class stage
{
  public:
    stage()
    {
        registry r{model, settings, "notifications"};
        service.declare(r);
        r.finish();
        model.services = {"notifications"};
        std::vector<database_schema> databases;
        for (const auto& d : model.databases)
            databases.push_back({d.name, d.indexes});
        store = engine.open("notifications", databases);
        bus = testing::make_bus({{"notifications", store.get()}}, {&loop});
        model.subscriptions.clear();
        delivery = std::make_unique<edm::delivery>(delivery::parts{.declared = &model,
                                                                   .stores = {{"notifications", store.get()}},
                                                                   .bus = bus.get(),
                                                                   .contexts = {&loop},
                                                                   .environment = {&clock, &random}});
        for (auto& attach : model.attach)
            attach(*delivery);
        loop.await(delivery->start());
    }
    ~stage()
    {
        for (auto& one : readers)
            one->disconnect();
        loop.run_ready();
        delivery->stop();
        loop.advance(std::chrono::minutes{1});
        bus->stop();
        store->close();
    }

    /// Puts a document in the place of what is there.
    template <class T>
    void put(const std::string& database, const std::string& id, const T& value)
    {
        call c;
        const auto db = model.database("notifications", database)->id;
        const raw_decision replace = [&](const loaded&, const moment&) -> result<raw_change> {
            return raw_change{.value = encode(value)};
        };
        const auto done = loop.await(delivery->update(c, "notifications", db, id, replace), false);
        if (!done)
            throw std::runtime_error("the document was not stored");
        loop.run_ready();
    }

    reader& follow(std::optional<std::string> last_event_id = {}, std::string user = "ana@example.com")
    {
        auto& c = calls.emplace_back(std::make_unique<call>());
        c->set_caller({.user_id = std::move(user)});
        auto& out = readers.emplace_back(std::make_unique<reader>(loop));
        loop.post([this, &c = *c, &out = *out, last = std::move(last_event_id)] { spawn(run(c, out, {last})); });
        loop.run_ready();
        return *out;
    }

    testing::manual_clock clock;
    testing::seeded_random random;
    testing::loop loop{clock, milliseconds{0}};
    testing::document_engine engine;
    edm::model model;
    config::settings settings;
    notifications service;
    std::unique_ptr<edm::store> store;
    std::unique_ptr<edm::bus> bus;
    std::unique_ptr<edm::delivery> delivery;
    std::deque<std::unique_ptr<call>> calls;
    std::deque<std::unique_ptr<reader>> readers;

  private:
    task<> run(call& c, reader& out, follow_request request)
    {
        co_await service.follow(c, out, std::move(request));
        out.ended = true;
    }
};

} // namespace edm::notifications
