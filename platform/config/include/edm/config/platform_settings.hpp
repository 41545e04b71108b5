#pragma once

#include <edm/config/settings.hpp>

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace edm::config {

/// Where a server listens: `127.0.0.1:8080`, `[::1]:8080`, `localhost:0` (port 0: any free one).
struct listen_address
{
    std::string host; ///< without the brackets of IPv6
    std::uint16_t port = 0;

    /// The address, or what is wrong and what to write.
    static std::expected<listen_address, std::string> parse(std::string_view text);
    /// The inverse of `parse`.
    std::string text() const;
    bool operator==(const listen_address&) const = default;
};

/// The items of a list separated by commas, without blanks around them and without empty ones.
std::vector<std::string> split_list(std::string_view text);

/// The settings of the process itself, owned by `platform`. Those of services are declared by services.
class platform_settings
{
  public:
    /// Adds them; call it first, so that what is added later can depend on these.
    void add_to(settings& all);

    listen_address listen_on() const;
    /// `EDM_PUBLIC_URL` without a trailing slash; where it is not set, `http://` and the address of `EDM_LISTEN`.
    std::string public_base_url() const;
    /// The services to run; empty: all.
    std::vector<std::string> services_to_run() const;
    bool is_production() const { return *env == "production"; }
    /// What is allowed but probably not meant, in sentences for the log at start.
    std::vector<std::string> warnings() const;

    setting<std::string> env{{.name = "EDM_ENV",
                              .documentation = "What this process is for; production refuses weak or missing secrets.",
                              .default_value = "development",
                              .choices = {"development", "production"}}};
    setting<std::string> listen{
        {.name = "EDM_LISTEN",
         .documentation = "The address and port on which HTTP is served; port 0 takes a free one.",
         .default_value = "127.0.0.1:8080",
         .validate = check_listen}};
    setting<std::string> public_url{{.name = "EDM_PUBLIC_URL",
                                     .documentation = "The URL under which users reach this shop, for links in mails; "
                                                      "not set, it follows EDM_LISTEN.",
                                     .optional = true,
                                     .validate = check_http_url}};
    setting<std::string> data_dir{
        {.name = "EDM_DATA_DIR",
         .documentation = "The directory that holds databases, generated secrets and the mailbox.",
         .default_value = "./data",
         .min = 1}};
    setting<std::string> services{
        {.name = "EDM_SERVICES",
         .documentation = "The services that this process runs, separated by commas; not set, all.",
         .optional = true}};
    setting<std::string> store{{.name = "EDM_STORE",
                                .documentation = "Where documents are kept.",
                                .default_value = "sqlite",
                                .choices = {"sqlite", "couchdb"}}};
    setting<std::string> bus{{.name = "EDM_BUS",
                              .documentation = "How events travel between services.",
                              .default_value = "embedded",
                              .choices = {"embedded", "rabbitmq"}}};
    setting<std::int64_t> threads{{.name = "EDM_THREADS",
                                   .documentation = "The number of threads that serve requests; 0: one for each core.",
                                   .default_value = 0,
                                   .min = 0,
                                   .max = 1024}};
    setting<std::string> log{{.name = "EDM_LOG",
                              .documentation = "The form of log lines.",
                              .default_value = "text",
                              .choices = {"text", "json"}}};
    setting<std::string> log_level{{.name = "EDM_LOG_LEVEL",
                                    .documentation = "The least level that is logged; debug shows every request.",
                                    .default_value = "info",
                                    .choices = {"debug", "info", "warning", "error"}}};
    setting<std::string> mail{{.name = "EDM_MAIL",
                               .documentation = "Where mails go: mailbox (files under the data directory), stdout, or "
                                                "smtp://host:port or smtps://host:port.",
                               .default_value = "mailbox",
                               .holds_url = true,
                               .validate = check_mail}};
    setting<std::string> mail_from{{.name = "EDM_MAIL_FROM",
                                    .documentation = "The sender of mails: an address, or a name and an address.",
                                    .default_value = "Recipes <no-reply@localhost>",
                                    .max = 320,
                                    .validate = check_mail_from}};
    setting<milliseconds> event_history{{.name = "EDM_EVENT_HISTORY",
                                         .documentation = "How long events stay in the event log.",
                                         .default_value = std::chrono::days{30},
                                         .min = std::chrono::minutes{1}}};
    setting<std::int64_t> backlog_limit{{.name = "EDM_BACKLOG_LIMIT",
                                         .documentation =
                                             "The number of waiting events above which requests that would "
                                             "publish more are refused with 503.",
                                         .default_value = 100'000,
                                         .min = 1}};
    setting<std::string> token_key{{.name = "ACCESS_TOKEN_SECRET_KEY",
                                    .documentation = "The key that signs access tokens, at least 32 characters.",
                                    .generated = secret_kind::signing_key,
                                    .secret = true,
                                    .min = 32}};
    setting<std::string> previous_token_key{
        {.name = "ACCESS_TOKEN_SECRET_KEY_PREVIOUS",
         .documentation = "The key that signed access tokens before ACCESS_TOKEN_SECRET_KEY was replaced; its tokens "
                          "still count, so remove it when the last of them has expired.",
         .optional = true,
         .secret = true,
         .min = 32}};
    setting<std::string> couchdb_url{{.name = "EDM_COUCHDB_URL",
                                      .documentation = "Where CouchDB is reached, when EDM_STORE is couchdb.",
                                      .default_value = "http://127.0.0.1:5984",
                                      .holds_url = true,
                                      .validate = check_server_url}};
    setting<std::string> couchdb_prefix{{.name = "EDM_COUCHDB_PREFIX",
                                         .documentation =
                                             "Stands before the name of every database in CouchDB, so that "
                                             "several installations can share a server.",
                                         .optional = true,
                                         .max = 100,
                                         .validate = check_couchdb_prefix}};
    setting<std::string> couchdb_authorities{
        {.name = "EDM_COUCHDB_CA_FILE",
         .documentation = "A file of certificate authorities (PEM) by which an https CouchDB is known; not set, the "
                          "system's.",
         .optional = true}};
    setting<std::string> couchdb_user{{.name = "COUCHDB_USER",
                                       .documentation = "CouchDB's administrator, who creates databases and the "
                                                        "application's user.",
                                       .optional = true}};
    setting<std::string> couchdb_password{{.name = "COUCHDB_PASSWORD",
                                           .documentation = "The password of CouchDB's administrator.",
                                           .optional = true,
                                           .secret = true,
                                           .needed = [this] { return *store == "couchdb"; }}};
    setting<std::string> couchdb_app_user{{.name = "COUCHDB_APP_USER",
                                           .documentation = "The CouchDB user that the application works as.",
                                           .optional = true,
                                           .required_in_production = true,
                                           .needed = [this] { return *store == "couchdb"; }}};
    setting<std::string> couchdb_app_password{{.name = "COUCHDB_APP_PASSWORD",
                                               .documentation = "The password of the CouchDB user that the application "
                                                                "works as.",
                                               .optional = true,
                                               .secret = true,
                                               .required_in_production = true,
                                               .needed = [this] { return *store == "couchdb"; }}};
    setting<std::string> rabbitmq_url{{.name = "EDM_RABBITMQ_URL",
                                       .documentation = "Where RabbitMQ is reached, when EDM_BUS is rabbitmq; "
                                                        "several brokers of one cluster separated by commas.",
                                       .default_value = "amqp://guest:guest@127.0.0.1:5672/",
                                       .holds_url = true,
                                       .development_default = true,
                                       .validate = check_amqp_url,
                                       .needed = [this] { return *bus == "rabbitmq"; }}};
    setting<std::string> rabbitmq_authorities{
        {.name = "EDM_RABBITMQ_CA_FILE",
         .documentation = "A file of certificate authorities (PEM) by which an amqps RabbitMQ is known; not set, the "
                          "system's.",
         .optional = true}};

  private:
    static std::optional<std::string> check_listen(const std::string& text);
    static std::optional<std::string> check_http_url(const std::string& text);
    static std::optional<std::string> check_server_url(const std::string& text);
    static std::optional<std::string> check_couchdb_prefix(const std::string& text);
    static std::optional<std::string> check_amqp_url(const std::string& text);
    static std::optional<std::string> check_mail(const std::string& text);
    static std::optional<std::string> check_mail_from(const std::string& text);
};

} // namespace edm::config

namespace edm {
using config::listen_address;
using config::platform_settings;
} // namespace edm
