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

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
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

    /// `make` gets resources that it may change before it makes the service.
    template <class Make>
    explicit one_service(Make make)
    {
        resources_.environment = {&clock_, &random_};
        resources_.tokens = &signer_;
        resources_.public_url = "http://shop.test";
        resources_.development = false;
        service_ = make(resources_);
        registry r{model_, settings_, std::string{service_->name()}};
        service_->declare(r);
        r.finish();
        declare_outside();
        const auto secret = [](std::string_view, config::secret_kind kind) {
            return kind == config::secret_kind::webhook_secret ? std::string{webhook_secret} : std::string(64, 'k');
        };
        if (!settings_.load({}, {}, {.provide_secret = secret}))
            throw std::logic_error("the settings do not load");
        start();
    }
    ~one_service()
    {
        delivery_->stop();
        context_.advance(std::chrono::minutes{1}); // what runs ends, so that no frame is left
    }
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
    std::pair<std::string, std::string> token(const std::string& user, bool administrator = false) const
    {
        const auto now = clock_.now();
        const security::claims claims{.sub = user,
                                      .jti = "1",
                                      .iat = std::chrono::floor<std::chrono::seconds>(now),
                                      .exp = std::chrono::floor<std::chrono::seconds>(now + std::chrono::hours{24}),
                                      .generation = 1,
                                      .administrator = administrator};
        return {"Authorization", "Bearer " + signer_.issue(security::purpose::access, claims)};
    }
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
        call by;
        const auto publish = [&](const loaded&, const moment&) -> result<raw_change> {
            raw_change out;
            out.value = std::string{"{}"};
            out.events.push_back({std::string{E::topic}, encode(event)});
            return out;
        };
        const auto db = model_.topic(E::topic)->db;
        if (!context_.await(delivery_->update(by, "outside", db, key, publish)))
            throw std::logic_error("an event cannot be published");
        context_.run_ready();
    }
    /// What the service published so far.
    template <class E>
    std::vector<E> published()
    {
        const auto log = context_.await(stores_[0]->pending(0, 100'000)).value();
        std::vector<E> out;
        for (const auto& one : log)
            if (one.event->topic == E::topic)
                out.push_back(decode<E>(decode_event(one.event->bytes)->data, {.lenient = true}).value());
        return out;
    }
    void advance(milliseconds by) { context_.advance(by); }
    store_faults& faults() { return *engine_.faults; }

  private:
    static constexpr std::string_view webhook_secret = "whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cywgMzIgYnl0ZXMgbG9uZyE=";

    void declare_outside()
    {
        std::vector<std::string> topics;
        for (const auto& s : model_.subscriptions)
            if (!model_.topic(s.topic) && std::ranges::find(topics, s.topic) == topics.end())
                topics.push_back(s.topic);
        model_.services.emplace_back("outside");
        for (db_id id = 0; const auto& name : topics) {
            model_.databases.push_back({.service = "outside", .name = name, .id = id});
            auto& topic = model_.topics.emplace_back();
            topic.service = "outside";
            topic.name = name;
            topic.event_type = "edm." + name + ".v1";
            topic.db = id++;
            topic.event_of = [](const loaded&) { return std::nullopt; };
        }
    }

    void start()
    {
        std::map<std::string, store*, std::less<>> stores;
        for (const auto& name : {std::string{service_->name()}, std::string{"outside"}}) {
            std::vector<database_schema> schema;
            for (const auto& d : model_.databases)
                if (d.service == name)
                    schema.push_back({d.name, d.indexes});
            stores[name] = stores_.emplace_back(engine_.open(name, std::move(schema))).get();
        }
        bus_ = make_bus(stores, {&context_});
        delivery_ = std::make_unique<delivery>(delivery::parts{.declared = &model_,
                                                               .stores = stores,
                                                               .bus = bus_.get(),
                                                               .contexts = {&context_},
                                                               .environment = resources_.environment});
        for (const auto& attach : model_.attach)
            attach(*delivery_);
        context_.await(delivery_->start());
        context_.await(service_->start());
        router_ =
            std::make_unique<gateway::router>(gateway::router::parts{.model = &model_,
                                                                     .resources = &resources_,
                                                                     .delivery = delivery_.get(),
                                                                     .runs_here = {std::string{service_->name()}}});
    }

    web::response ask(std::string_view method, const std::string& target, const std::string& body, header_list headers)
    {
        std::vector<web::header_view> views;
        for (const auto& [name, value] : headers)
            views.push_back({name, value});
        const auto path = target.substr(0, target.find('?'));
        const auto query = path.size() == target.size() ? std::string{} : target.substr(path.size() + 1);
        const web::request request{.method = method,
                                   .target = target,
                                   .path = path,
                                   .query = query,
                                   .body = body,
                                   .peer = "127.0.0.1",
                                   .headers = views};
        auto answer = context_.await(router_->handle(request), false);
        context_.run_ready();
        return answer;
    }

    manual_clock clock_;
    seeded_random random_;
    loop context_{clock_, milliseconds{0}};
    security::token_signer signer_{std::string(32, 's')};
    resources resources_;
    config::settings settings_;
    edm::model model_;
    document_engine engine_;
    std::unique_ptr<service> service_;
    std::vector<std::unique_ptr<store>> stores_;
    std::unique_ptr<bus> bus_;
    std::unique_ptr<delivery> delivery_;
    std::unique_ptr<gateway::router> router_;
};

} // namespace edm::testing
