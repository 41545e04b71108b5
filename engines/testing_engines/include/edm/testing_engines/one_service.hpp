#pragma once

#include <edm/core/text.hpp>
#include <edm/delivery/delivery.hpp>
#include <edm/gateway/router.hpp>
#include <edm/security/jwt.hpp>
#include <edm/security/webhook.hpp>
#include <edm/service/service.hpp>
#include <edm/testing/document_store.hpp>
#include <edm/testing/loop.hpp>
#include <edm/testing_engines/embedded.hpp>
#include <edm/testing_engines/reader.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace edm::testing {

/// One service alone, behind the real router, on documents in memory, with virtual time. Topics of others are published
/// by a service `outside`, whose every key is a document.
class one_service
{
  public:
    using header_list = std::vector<std::pair<std::string, std::string>>;
    static constexpr std::string_view webhook_secret = "whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cywgMzIgYnl0ZXMgbG9uZyE=";
    static constexpr std::string_view generated_password = "generated password";

    /// `make` gets resources that it may change before it makes the service; it runs at every start. `given` are
    /// environment variables. `adjust` may change how the router is made.
    explicit one_service(std::function<std::unique_ptr<service>(resources&)> make,
                         std::map<std::string, std::string> given = {},
                         std::function<void(gateway::router::parts&)> adjust = {})
        : make_(std::move(make)), given_(std::move(given)), adjust_(std::move(adjust)),
          engine_(std::make_unique<document_engine>())
    {
        resources_.environment = {&clock_, &random_};
        resources_.tokens = &signer_;
        resources_.public_url = "http://shop.test";
        resources_.development = false;
        start();
    }
    ~one_service() { stop(); }
    one_service(const one_service&) = delete;
    one_service& operator=(const one_service&) = delete;

    web::response get(const std::string& target, header_list headers = {})
    {
        return ask("GET", target, {}, std::move(headers));
    }
    web::response post(const std::string& target, const std::string& json, header_list headers = {})
    {
        headers.emplace_back("Content-Type", "application/json");
        return ask("POST", target, json, std::move(headers));
    }
    web::response submit(const std::string& target, const std::string& form, header_list headers = {})
    {
        headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
        return ask("POST", target, form, std::move(headers));
    }
    web::response upload(const std::string& target, const std::string& field, const std::string& file,
                         header_list headers)
    {
        headers.emplace_back("Content-Type", "multipart/form-data; boundary=frontier");
        const auto body =
            fmt::format("--frontier\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"f\"\r\n\r\n"
                        "{}\r\n--frontier--\r\n",
                        field, file);
        return ask("POST", target, body, std::move(headers));
    }

    /// A request that is on its way.
    struct asked
    {
        std::string method, target, body;
        header_list headers;
        std::optional<web::response> answer; ///< once it is there
    };
    /// Sends a request and does not wait: many can run at once.
    asked& begin(std::string method, std::string target, std::string body, header_list headers)
    {
        auto& one = *process_->requests.emplace_back(
            std::make_unique<asked>(std::move(method), std::move(target), std::move(body), std::move(headers)));
        process_->loop.post([this, &one] { spawn(handle(process_->router.get(), one)); });
        return one;
    }
    void run_ready() { process_->loop.run_ready(); }
    gateway::router& router() { return *process_->router; }
    testing::loop& loop() { return process_->loop; }

    std::pair<std::string, std::string> token(const std::string& user, bool administrator = false,
                                              std::int64_t generation = 1) const
    {
        const auto now = clock_.now();
        const security::claims claims{.sub = user,
                                      .jti = "1",
                                      .iat = std::chrono::floor<std::chrono::seconds>(now),
                                      .exp = std::chrono::floor<std::chrono::seconds>(now + std::chrono::hours{24}),
                                      .generation = generation,
                                      .administrator = administrator};
        return {"Authorization", "Bearer " + signer_.issue(security::purpose::access, claims)};
    }
    const security::token_signer& signer() const { return signer_; }
    header_list signature(const std::string& body) const
    {
        const auto at = fmt::to_string(clock_.now().time_since_epoch().count() / 1000);
        return {{"webhook-id", "msg"},
                {"webhook-timestamp", at},
                {"webhook-signature", security::sign_webhook(webhook_secret, "msg", at, body)}};
    }

    /// Publishes an event of another service, and waits for what it leads to.
    template <class E>
    void deliver(const E& event, const std::string& key)
    {
        raw_change out;
        out.value = std::string{"{}"};
        out.events.push_back({std::string{E::topic}, encode(event)});
        change_document("outside", process_->model.topic(E::topic)->db, key, std::move(out));
    }
    /// What the service published so far.
    template <class E>
    std::vector<E> published()
    {
        const auto log = process_->loop.await(documents().pending(0, 100'000)).value();
        std::vector<E> out;
        for (const auto& one : log)
            if (one.event->topic == E::topic)
                out.push_back(decode<E>(decode_event(one.event->bytes)->data, {.lenient = true}).value());
        return out;
    }
    /// Puts a document of the service in the place of what is there.
    template <class T>
    void put(const std::string& database, const std::string& id, const T& value)
    {
        change_document(std::string{process_->service->name()}, database_id(database), id,
                        raw_change{.value = encode(value)});
    }
    /// Writes one behind delivery's back, as by another process whose wake-up was lost.
    template <class T>
    void put_unseen(const std::string& database, const std::string& id, const T& value)
    {
        if (!process_->loop.await(documents().commit({.db = database_id(database), .id = id, .value = encode(value)}),
                                  false))
            throw std::logic_error("a document cannot be stored");
        run_ready();
    }
    /// The service's document as it is stored; none where it is absent or erased.
    template <class T>
    std::optional<T> stored(const std::string& database, const std::string& id)
    {
        const auto found = process_->loop.await(documents().load(database_id(database), id, {})).value();
        if (!found.value)
            return {};
        return decode<T>(*found.value, {.lenient = true}).value();
    }

    /// Opens a stream of the service itself, without the router: `fields` fill its request.
    reader& follow(std::string_view path, const std::string& user, const header_list& fields = {})
    {
        const auto at = std::ranges::find(process_->model.endpoints, path, &endpoint::path);
        auto request = at->make_request();
        for (const auto& [name, value] : fields)
            assign(*at->request_type, request.get(), name, value, "header");
        auto& c = *process_->calls.emplace_back(std::make_unique<call>());
        c.set_caller({.user_id = user});
        auto& out = *process_->readers.emplace_back(std::make_unique<reader>(process_->loop));
        process_->loop.post([&at = *at, &c, &out, request] { spawn(read(at, c, out, request)); });
        run_ready();
        return out;
    }

    void advance(milliseconds by) { process_->loop.advance(by); }
    time_point now() const { return clock_.now(); }
    store_faults& faults() { return *engine_->faults; }
    std::vector<audit_row> audit() { return process_->loop.await(process_->delivery->audit()); }

    /// Sets an environment variable for later starts.
    void configure(const std::string& name, std::string value) { given_[name] = std::move(value); }
    /// The process dies at this instant, and another one starts on what it left behind. `afterlife` lets go of what the
    /// dead one still waits for.
    void restart(const std::function<void()>& afterlife = {})
    {
        auto left = std::make_unique<document_engine>(engine_->snapshot());
        const auto died_at = clock_.now();
        if (afterlife)
            afterlife();
        stop();
        clock_.set(died_at);
        engine_ = std::move(left);
        start();
    }

  private:
    struct process
    {
        explicit process(manual_clock& c) : loop(c, milliseconds{0}) {}

        testing::loop loop;
        config::settings settings;
        edm::model model;
        std::unique_ptr<edm::service> service;
        std::vector<std::unique_ptr<store>> stores;
        std::unique_ptr<edm::bus> bus;
        std::unique_ptr<edm::delivery> delivery;
        std::unique_ptr<gateway::router> router;
        std::deque<std::unique_ptr<asked>> requests;
        std::deque<std::unique_ptr<call>> calls;
        std::deque<std::unique_ptr<reader>> readers;
    };

    void start()
    {
        process_ = std::make_unique<process>(clock_);
        auto& p = *process_;
        p.service = make_(resources_);
        registry r{p.model, p.settings, std::string{p.service->name()}};
        p.service->declare(r);
        r.finish();
        declare_outside(p.model);
        if (!p.settings.load(given_, {}, {.provide_secret = secret}))
            throw std::logic_error("the settings do not load");

        std::map<std::string, store*, std::less<>> stores;
        for (const auto& name : {std::string{p.service->name()}, std::string{"outside"}}) {
            std::vector<database_schema> schema;
            for (const auto& d : p.model.databases)
                if (d.service == name)
                    schema.push_back({d.name, d.indexes});
            stores[name] = p.stores.emplace_back(engine_->open(name, std::move(schema))).get();
        }
        p.bus = make_bus(stores, {&p.loop});
        p.delivery = std::make_unique<edm::delivery>(delivery::parts{.declared = &p.model,
                                                                     .stores = stores,
                                                                     .bus = p.bus.get(),
                                                                     .contexts = {&p.loop},
                                                                     .environment = resources_.environment});
        for (const auto& attach : p.model.attach)
            attach(*p.delivery);
        p.loop.await(p.delivery->start());
        p.loop.await(p.service->start());
        gateway::router::parts parts{.model = &p.model,
                                     .resources = &resources_,
                                     .delivery = p.delivery.get(),
                                     .runs_here = {std::string{p.service->name()}}};
        if (adjust_)
            adjust_(parts);
        p.router = std::make_unique<gateway::router>(std::move(parts));
        p.loop.run_ready();
    }

    void stop()
    {
        for (auto& one : process_->readers)
            one->disconnect();
        process_->loop.run_ready();
        process_->delivery->stop();
        process_->loop.advance(std::chrono::minutes{1}); // what runs ends, so that no frame is left
        process_.reset();
    }

    static std::string secret(std::string_view, config::secret_kind kind)
    {
        switch (kind) {
        case config::secret_kind::webhook_secret:
            return std::string{webhook_secret};
        case config::secret_kind::password:
            return std::string{generated_password};
        case config::secret_kind::fernet_key:
            return "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
        default:
            return std::string(64, 'k');
        }
    }

    static void declare_outside(edm::model& m)
    {
        std::vector<std::string> topics;
        for (const auto& s : m.subscriptions)
            if (!m.topic(s.topic) && std::ranges::find(topics, s.topic) == topics.end())
                topics.push_back(s.topic);
        m.services.emplace_back("outside");
        for (db_id id = 0; const auto& name : topics) {
            m.databases.push_back({.service = "outside", .name = name, .id = id});
            auto& topic = m.topics.emplace_back();
            topic.service = "outside";
            topic.name = name;
            topic.event_type = "edm." + name + ".v1";
            topic.db = id++;
            topic.event_of = [](const loaded&) { return std::nullopt; };
        }
    }

    store& documents() { return *process_->stores[0]; }
    db_id database_id(const std::string& name) const
    {
        return process_->model.database(std::string{process_->service->name()}, name)->id;
    }
    void change_document(const std::string& of, db_id db, const std::string& id, raw_change to)
    {
        call by;
        const raw_decision decide = [&](const loaded&, const moment&) -> result<raw_change> { return to; };
        if (!process_->loop.await(process_->delivery->update(by, of, db, id, decide), false))
            throw std::logic_error("a document cannot be stored");
        run_ready();
    }

    web::response ask(std::string method, const std::string& target, const std::string& body, header_list headers)
    {
        auto& one = begin(std::move(method), target, body, std::move(headers));
        run_ready();
        if (!one.answer)
            throw std::logic_error("no answer comes unless time moves");
        return std::move(*one.answer);
    }
    static task<> handle(gateway::router* by, asked& one)
    {
        std::vector<web::header_view> views;
        for (const auto& [name, value] : one.headers)
            views.push_back({name, value});
        const auto path = one.target.substr(0, one.target.find('?'));
        const auto query = path.size() == one.target.size() ? std::string{} : one.target.substr(path.size() + 1);
        const web::request request{.method = one.method,
                                   .target = one.target,
                                   .path = path,
                                   .query = query,
                                   .body = one.body,
                                   .peer = "127.0.0.1",
                                   .headers = views};
        auto answer = co_await by->handle(request);
        one.answer = std::move(answer);
    }
    static task<> read(const endpoint& e, call& c, reader& out, std::shared_ptr<void> request)
    {
        co_await e.stream(c, out, std::move(request));
        out.ended = true;
    }

    std::function<std::unique_ptr<service>(resources&)> make_;
    std::map<std::string, std::string> given_;
    std::function<void(gateway::router::parts&)> adjust_;
    manual_clock clock_;
    seeded_random random_;
    security::token_signer signer_{std::string(32, 's')};
    resources resources_;
    std::unique_ptr<document_engine> engine_;
    std::unique_ptr<process> process_;
};

} // namespace edm::testing
