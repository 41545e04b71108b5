#include "process.hpp"

#include <edm/bus_embedded/bus_embedded.hpp>
#include <edm/bus_rabbitmq/bus_rabbitmq.hpp>
#include <edm/gateway/router.hpp>
#include <edm/mail/mail.hpp>
#include <edm/observability/log.hpp>
#include <edm/security/jwt.hpp>
#include <edm/security/password.hpp>
#include <edm/security/secrets.hpp>
#include <edm/store_couchdb/store_couchdb.hpp>
#include <edm/store_sqlite/store_sqlite.hpp>
#include <edm/web/client.hpp>

#include "first_words.hpp"
#include "log.hpp"
#include "measures.hpp"
#include "placement.hpp"
#include "routes/platform_routes.hpp"
#include "waiting.hpp"

#include <fmt/format.h>

#include <thread>

namespace edm::app {

namespace {

/// The services' view of the HTTP client.
class client_caller final : public http_caller
{
  public:
    explicit client_caller(web::contexts& on) : client_(on) {}
    task<std::expected<http_answer, http_problem>> post(std::string url,
                                                        std::vector<std::pair<std::string, std::string>> headers,
                                                        std::string body, milliseconds limit) override
    {
        web::client_request r{.method = "POST",
                              .url = std::move(url),
                              .headers = std::move(headers),
                              .body = std::move(body),
                              .timeout = limit};
        auto answer = co_await client_.send(std::move(r));
        if (!answer)
            co_return std::unexpected(answer.error().kind == web::client_failure::refused   ? http_problem::refused
                                      : answer.error().kind == web::client_failure::timeout ? http_problem::timeout
                                                                                            : http_problem::broken);
        co_return http_answer{answer->status, std::move(answer->headers), std::move(answer->body)};
    }

  private:
    web::client client_;
};

} // namespace

struct process::tools
{
    std::unique_ptr<security::token_signer> tokens;
    std::unique_ptr<security::password_hasher> hasher;
    std::unique_ptr<mailer> mail;
    std::unique_ptr<client_caller> http;
};

process::process() = default;

process::~process()
{
    stop();
}

void process::load_settings(reach by)
{
    auto variables = config::process_environment();
    // Wrong settings leave nothing behind: all of them are right before the first secret is made.
    program{program_.environment}.look_at_settings(variables, ".env");
    config::load_hooks hooks{.provide_secret = [this](std::string_view name, config::secret_kind kind) {
        // EDM_DATA_DIR was added first, so it can be read when secrets are asked for.
        if (!directory_)
            directory_ = std::make_unique<data_directory>(*program_.platform.data_dir);
        return directory_->secret(name, kind, *program_.environment.random);
    }};
    program_.load_settings(variables, ".env", hooks);
    here_ = program_.runs_here();
    if (!directory_)
        directory_ = std::make_unique<data_directory>(*program_.platform.data_dir);
    configure_log(program_.platform, by == reach::control_only);
    for (const auto& sentence : program_.platform.warnings())
        observability::log::warning("configuration", {{"what", sentence}});
    for (const auto& sentence : placement_warnings(program_))
        observability::log::warning("configuration", {{"what", sentence}});
}

void process::make_resources()
{
    contexts_ = std::make_unique<web::contexts>(static_cast<std::size_t>(*program_.platform.threads));
    metrics_ = std::make_unique<observability::metrics>();
    tools_ = std::make_unique<tools>();
    auto& t = *tools_;
    t.tokens =
        std::make_unique<security::token_signer>(*program_.platform.token_key, *program_.platform.previous_token_key);
    auto cores = std::max(1u, std::thread::hardware_concurrency());
    t.hasher = security::make_argon2id_hasher(cores, 64);
    t.mail = mail_engine::make_mailer(*program_.platform.mail, directory_->path(), *program_.platform.mail_from,
                                      program_.environment);
    t.http = std::make_unique<client_caller>(*contexts_);
    auto& r = program_.resources;
    r.tokens = t.tokens.get();
    r.hasher = t.hasher.get();
    r.mail = t.mail.get();
    r.http = t.http.get();
}

std::unique_ptr<store_engine> process::make_store_engine()
{
    const auto& with = program_.platform;
    if (*with.store == "sqlite")
        return store_sqlite::make_engine({.directory = directory_->path(), .clock = program_.environment.clock});
    return store_couchdb::make_engine({.contexts = contexts_.get(),
                                       .url = *with.couchdb_url,
                                       .administrator = {*with.couchdb_user, *with.couchdb_password},
                                       .application = {*with.couchdb_app_user, *with.couchdb_app_password},
                                       .prefix = *with.couchdb_prefix,
                                       .authorities = *with.couchdb_authorities,
                                       .environment = program_.environment});
}

void process::open_stores()
{
    auto engine = make_store_engine();
    sole_owner_ = engine->sole_owner();
    for (const auto& name : here_)
        stores_.emplace(name, engine->open(name, program_.databases_of(name)));
}

void process::begin_delivery()
{
    std::map<std::string, store*, std::less<>> stores;
    for (auto& [name, s] : stores_)
        stores.emplace(name, s.get());
    std::vector<executor*> contexts;
    for (std::size_t i = 0; i != contexts_->size(); ++i)
        contexts.push_back(&contexts_->at(i));
    if (*program_.platform.bus == "rabbitmq")
        bus_ = bus_rabbitmq::make_bus({.urls = *program_.platform.rabbitmq_url,
                                       .stores = stores,
                                       .contexts = contexts,
                                       .environment = program_.environment,
                                       .authorities = *program_.platform.rabbitmq_authorities,
                                       .sole_owner = sole_owner_});
    else
        bus_ = bus_embedded::make_bus({.stores = stores, .contexts = contexts});
    delivery_ = std::make_unique<edm::delivery>(delivery::parts{
        .declared = &program_.model,
        .stores = stores,
        .bus = bus_.get(),
        .contexts = contexts,
        .environment = program_.environment,
        .sole_owner = sole_owner_,
        .backlog_limit = static_cast<std::uint64_t>(*program_.platform.backlog_limit),
        .event_history = *program_.platform.event_history,
    });
    for (auto& attach : program_.model.attach)
        attach(*delivery_);
    run_on(contexts_->at(0), delivery_->start());
    for (auto& s : program_.services)
        if (here_.contains(s->name()))
            run_on(contexts_->at(0), s->start());
}

void process::serve(reach by)
{
    router_ = std::make_unique<gateway::router>(gateway::router::parts{.model = &program_.model,
                                                                       .resources = &program_.resources,
                                                                       .delivery = delivery_.get(),
                                                                       .runs_here = here_,
                                                                       .metrics = metrics_.get()});
    add_platform_routes(*router_, {.declared = &program_,
                                   .delivery = delivery_.get(),
                                   .bus = bus_.get(),
                                   .metrics = metrics_.get(),
                                   .stores = &stores_,
                                   .runs_here = &here_,
                                   .mail = tools_->mail.get(),
                                   .ready = &ready_,
                                   .port = &port_});
    server_ = std::make_unique<web::server>(*contexts_, *router_, web::limits{}, program_.environment);
    measures_ = std::make_unique<measures>(*metrics_, program_.model, *delivery_, *bus_, stores_, *server_);
    if (by == reach::everyone) {
        auto address = program_.platform.listen_on();
        port_ = server_->listen(address.host, address.port);
    }
    server_->listen_unix(data_directory::socket_of(directory_->path()).string());
}

void process::start(reach by)
{
    load_settings(by);
    make_resources();
    contexts_->start();
    started_ = true;
    open_stores();
    begin_delivery();
    serve(by);
    ready_.store(true);
    tell(by);
}

void process::tell(reach by)
{
    if (by == reach::control_only)
        return;
    tell_first_words(program_, *directory_, port());
    observability::log::info("ready", {{"port", std::uint64_t{port()}}, {"data", directory_->path().string()}});
}

void process::stop()
{
    if (!started_)
        return;
    started_ = false;
    ready_.store(false);
    constexpr std::chrono::seconds grace{10};
    if (server_)
        server_->stop(grace);
    if (router_)
        router_->wait_abandoned(grace);
    if (delivery_) {
        // What is not drained by then (a store may be away) is found again at the next start.
        begin_on(contexts_->at(0), delivery_->drained()).wait_for(grace);
        delivery_->stop();
    }
    {
        // At once: where a server is away each of them waits for it.
        std::vector<std::jthread> closing;
        for (auto& [name, s] : stores_)
            closing.emplace_back([&closed = *s] { closed.close(); });
    }
    contexts_->stop();
    contexts_->join();
}

} // namespace edm::app
