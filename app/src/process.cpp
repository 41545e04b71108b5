#include "process.hpp"

#include <edm/bus_embedded/bus_embedded.hpp>
#include <edm/gateway/router.hpp>
#include <edm/mail/mail.hpp>
#include <edm/observability/log.hpp>
#include <edm/security/jwt.hpp>
#include <edm/security/password.hpp>
#include <edm/security/secrets.hpp>
#include <edm/store_sqlite/store_sqlite.hpp>
#include <edm/web/client.hpp>

#include "platform_routes.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <future>
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

task<> fulfil(task<> work, std::promise<void>& to)
{
    try {
        co_await std::move(work);
        to.set_value();
    } catch (...) {
        to.set_exception(std::current_exception());
    }
}

/// Runs a coroutine to its end on a context, from a thread that is none.
void run_on(executor& where, task<> work)
{
    std::promise<void> to;
    auto done = to.get_future();
    where.post([&] { spawn(fulfil(std::move(work), to)); });
    done.get();
}

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

void process::load_settings()
{
    auto variables = config::process_environment();
    config::load_hooks hooks{.provide_secret =
                                 [this](std::string_view name, config::secret_kind kind) {
                                     // EDM_DATA_DIR was added first, so it can be read when secrets are asked for.
                                     if (!directory_)
                                         directory_ = std::make_unique<data_directory>(*program_.platform.data_dir);
                                     return directory_->secret(name, kind, *program_.environment.random);
                                 },
                             .weak = security::weak_secret};
    program_.load_settings(variables, ".env", hooks);
    here_ = program_.runs_here();
    if (!directory_)
        directory_ = std::make_unique<data_directory>(*program_.platform.data_dir);
    observability::log::configure(
        {.format =
             *program_.platform.log == "json" ? observability::log::format::json : observability::log::format::text,
         .level =
             observability::log::parse_level(*program_.platform.log_level).value_or(observability::log::level::info)});
}

void process::make_resources()
{
    contexts_ = std::make_unique<web::contexts>(static_cast<std::size_t>(*program_.platform.threads));
    metrics_ = std::make_unique<observability::metrics>();
    tools_ = std::make_unique<tools>();
    auto& t = *tools_;
    t.tokens = std::make_unique<security::token_signer>(*program_.platform.token_key);
    auto cores = std::max(1u, std::thread::hardware_concurrency());
    t.hasher = security::make_argon2id_hasher(cores, 64);
    t.mail = mail_engine::make_mailer(*program_.platform.mail, directory_->path(),
                                      "Recipes <no-reply@localhost.localdomain>", program_.environment);
    t.http = std::make_unique<client_caller>(*contexts_);
    auto& r = program_.resources;
    r.tokens = t.tokens.get();
    r.hasher = t.hasher.get();
    r.mail = t.mail.get();
    r.http = t.http.get();
}

void process::open_stores()
{
    auto engine = store_sqlite::make_engine({.directory = directory_->path()});
    for (const auto& name : here_) {
        std::vector<database_schema> databases;
        for (const auto& d : program_.model.databases)
            if (d.service == name)
                databases.push_back({d.name, d.indexes});
        stores_.emplace(name, engine->open(name, std::move(databases)));
    }
}

void process::begin_delivery()
{
    std::map<std::string, store*, std::less<>> stores;
    for (auto& [name, s] : stores_)
        stores.emplace(name, s.get());
    std::vector<executor*> contexts;
    for (std::size_t i = 0; i != contexts_->size(); ++i)
        contexts.push_back(&contexts_->at(i));
    bus_ = bus_embedded::make_bus({.stores = stores, .contexts = contexts});
    delivery_ = std::make_unique<edm::delivery>(delivery::parts{
        .declared = &program_.model,
        .stores = stores,
        .bus = bus_.get(),
        .contexts = contexts,
        .environment = program_.environment,
        .sole_owner = true,
        .backlog_limit = static_cast<std::uint64_t>(*program_.platform.backlog_limit),
        .event_history = *program_.platform.event_history,
    });
    for (auto& attach : program_.model.attach)
        attach(*delivery_);
    contexts_->start();
    run_on(contexts_->at(0), delivery_->start());
    for (auto& s : program_.services)
        if (here_.contains(s->name()))
            run_on(contexts_->at(0), s->start());
}

void process::serve()
{
    router_ = std::make_unique<gateway::router>(gateway::router::parts{.model = &program_.model,
                                                                       .resources = &program_.resources,
                                                                       .delivery = delivery_.get(),
                                                                       .runs_here = here_,
                                                                       .metrics = metrics_.get()});
    add_platform_routes(*router_, {.delivery = delivery_.get(),
                                   .metrics = metrics_.get(),
                                   .stores = &stores_,
                                   .mail = tools_->mail.get(),
                                   .ready = &ready_,
                                   .development = program_.resources.development});
    server_ = std::make_unique<web::server>(*contexts_, *router_, web::limits{}, program_.environment);
    server_->listen_unix(data_directory::socket_of(directory_->path()).string());
    auto address = program_.platform.listen_on();
    server_->listen(address.host, address.port);
}

void process::start()
{
    load_settings();
    make_resources();
    open_stores();
    begin_delivery();
    started_ = true;
    serve();
    ready_.store(true);
    tell_first_start();
    observability::log::info("ready", {{"port", std::uint64_t{port()}}, {"data", directory_->path().string()}});
}

void process::tell_first_start() const
{
    const auto& fresh = directory_->fresh_secrets();
    bool password_is_fresh = std::find(fresh.begin(), fresh.end(), "APP_ADM_PASSWORD") != fresh.end();
    if (password_is_fresh)
        fmt::print("First start: the administrator's password is in {}\n",
                   (directory_->path() / "secrets" / "APP_ADM_PASSWORD").string());
}

std::uint16_t process::port() const
{
    return server_->port();
}

void process::stop()
{
    if (!started_)
        return;
    started_ = false;
    ready_.store(false);
    if (server_)
        server_->stop(std::chrono::seconds{10});
    run_on(contexts_->at(0), delivery_->drained());
    delivery_->stop();
    for (auto& [name, s] : stores_)
        s->close();
    contexts_->stop();
    contexts_->join();
}

} // namespace edm::app
