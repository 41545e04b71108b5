#include "stage.hpp"

#include <edm/bus_embedded/bus_embedded.hpp>
#include <edm/store_sqlite/store_sqlite.hpp>

#include <future>
#include <set>

namespace edm::bench {

namespace {

task<> fulfil(task<> work, std::promise<void>& to)
{
    try {
        co_await std::move(work);
        to.set_value();
    } catch (...) {
        to.set_exception(std::current_exception());
    }
}

} // namespace

void run_on(executor& where, task<> work)
{
    std::promise<void> to;
    auto done = to.get_future();
    where.post([&] { spawn(fulfil(std::move(work), to)); });
    done.get();
}

std::string access_token(const security::token_signer& by, std::string user_id, bool administrator)
{
    environment now;
    security::claims c{.sub = std::move(user_id),
                       .jti = now.id(),
                       .iat = now.now(),
                       .exp = now.now() + std::chrono::hours{24},
                       .generation = 1,
                       .administrator = administrator};
    return by.issue(security::purpose::access, c);
}

stage::stage(std::vector<std::unique_ptr<service>> services, const std::filesystem::path& data)
    : tokens_(environment{}.random->hex(32)), services_(std::move(services))
{
    std::filesystem::create_directories(data);
    resources_.tokens = &tokens_;
    auto engine = store_sqlite::make_engine({.directory = data});
    std::map<std::string, store*, std::less<>> stores;
    for (auto& s : services_) {
        registry r(model_, settings_, std::string{s->name()});
        s->declare(r);
        r.finish();
    }
    for (auto& s : services_) {
        std::vector<database_schema> databases;
        for (const auto& d : model_.databases)
            if (d.service == s->name())
                databases.push_back({d.name, d.indexes});
        auto [at, fresh] = stores_.emplace(s->name(), engine->open(s->name(), std::move(databases)));
        stores.emplace(at->first, at->second.get());
    }
    std::vector<executor*> contexts;
    for (std::size_t i = 0; i != contexts_.size(); ++i)
        contexts.push_back(&contexts_.at(i));
    bus_ = bus_embedded::make_bus({.stores = stores, .contexts = contexts});
    delivery_ = std::make_unique<edm::delivery>(delivery::parts{
        .declared = &model_, .stores = stores, .bus = bus_.get(), .contexts = contexts, .environment = {}});
    for (auto& attach : model_.attach)
        attach(*delivery_);
    contexts_.start();
    run(delivery_->start());
}

stage::~stage()
{
    if (server_)
        server_->stop(std::chrono::seconds{5});
    drain();
    delivery_->stop();
    for (auto& [name, s] : stores_)
        s->close();
    contexts_.stop();
    contexts_.join();
}

std::uint16_t stage::serve()
{
    std::set<std::string, std::less<>> here;
    for (const auto& s : services_)
        here.emplace(s->name());
    router_ = std::make_unique<gateway::router>(gateway::router::parts{.model = &model_,
                                                                       .resources = &resources_,
                                                                       .delivery = delivery_.get(),
                                                                       .runs_here = here,
                                                                       .metrics = &metrics_});
    server_ = std::make_unique<web::server>(contexts_, *router_);
    return server_->listen("127.0.0.1", 0);
}

std::string stage::token(std::string user_id) const
{
    return access_token(tokens_, std::move(user_id));
}

} // namespace edm::bench
