#include "deployment.hpp"

#include "interrupt.hpp"

#include "load.hpp"

#include <edm/config/secret_kind.hpp>
#include <edm/core/environment.hpp>
#include <edm/security/fernet.hpp>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace edm::measure {

namespace {

using steady = std::chrono::steady_clock;
namespace fs = std::filesystem;

bool is_ready(std::uint16_t port)
{
    try {
        return ask(port, "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").starts_with("HTTP/1.1 200 ");
    } catch (const std::runtime_error&) {
        return false; // it does not listen yet
    }
}

bool runs(const std::vector<std::string>& services, std::string_view one)
{
    return std::ranges::find(services, one) != services.end();
}

std::string new_secret(config::secret_kind kind)
{
    environment now;
    return config::generate_secret(kind, *now.random);
}

} // namespace

deployment::deployment(const placement& what, const surroundings& in, fs::path directory,
                       std::map<std::string, std::string> settings)
    : what_(what), in_(in), directory_(std::move(directory)), settings_(std::move(settings))
{
    using config::secret_kind;
    settings_.emplace("ACCESS_TOKEN_SECRET_KEY", new_secret(secret_kind::signing_key));
    settings_.emplace("PAYMENT_PROVIDER_API_KEY", new_secret(secret_kind::api_key));
    settings_.emplace("PAYMENT_PROVIDER_ENCRYPTION_KEY", new_secret(secret_kind::fernet_key));
    settings_.emplace("EDM_WEBHOOK_SECRET", new_secret(secret_kind::webhook_secret));
    settings_.emplace("APP_ADM_USER", "administrator@example.org");
    settings_.emplace("APP_ADM_PASSWORD", new_secret(secret_kind::password));
    settings_.emplace("EDM_STORE", what_.store);
    settings_.emplace("EDM_BUS", what_.bus);
    settings_.emplace("EDM_PAYMENT_DELAY", "0s");
    settings_.emplace("EDM_LOG_LEVEL", "warning");
    if (what_.split) {
        for (const auto& service : in_.services)
            parts_.push_back({{service}, free_port(), directory_ / service, {}});
        if (!in_.proxy.empty())
            proxy_port_ = free_port();
    } else {
        parts_.push_back({in_.services, free_port(), directory_ / "all", {}});
    }
    for (const auto& p : parts_)
        fs::create_directories(p.data);
    signer_ = std::make_unique<security::token_signer>(settings_.at("ACCESS_TOKEN_SECRET_KEY"));
    environment now;
    card_ = security::fernet_encrypt(
        settings_.at("PAYMENT_PROVIDER_ENCRYPTION_KEY"),
        R"({"card_holder_name":"A Buyer","card_number":"4242424242424242","expiration_month":12,)"
        R"("expiration_year":2099,"cvv":"123","number_installments":1})",
        now.now(), *now.random);
}

deployment::~deployment() = default;

std::map<std::string, std::string> deployment::environment_of(const part& p) const
{
    auto out = settings_;
    out["PATH"] = "/usr/bin:/bin";
    out["EDM_DATA_DIR"] = p.data.string();
    out["EDM_LISTEN"] = fmt::format("127.0.0.1:{}", p.port);
    // Without a proxy in between, the provider calls the shop where the webhook is answered, and the shop the provider.
    out["EDM_PUBLIC_URL"] = fmt::format("http://127.0.0.1:{}", port_of("purchasing"));
    out["EDM_PAYMENT_PROVIDER_URL"] = fmt::format("http://127.0.0.1:{}", port_of("payment-provider"));
    if (what_.split)
        out["EDM_SERVICES"] = fmt::format("{}", fmt::join(p.services, ","));
    return out;
}

double deployment::start()
{
    if (proxy_port_ != 0 && !proxy_)
        start_proxy();
    const auto began = steady::now();
    for (auto& p : parts_)
        p.running =
            std::make_unique<child>(child::what{{in_.program, "serve"}, environment_of(p), p.data, p.data / "log"});
    for (auto& p : parts_)
        wait_for(p.services.size() == 1 ? p.services.front().c_str() : "edm", p.running.get(), std::chrono::seconds{60},
                 [&] { return is_ready(p.port); });
    return std::chrono::duration<double, std::milli>(steady::now() - began).count();
}

void deployment::stop()
{
    for (auto& p : parts_)
        if (p.running && !p.running->ended())
            ::kill(p.running->pid(), SIGTERM);
    for (auto& p : parts_)
        if (p.running)
            p.running->stop(SIGTERM);
}

/// Runs a command of the program with the settings of the first process; what it printed. Throws where it failed.
std::string deployment::run(std::vector<std::string> words) const
{
    auto log = directory_ / "command";
    fs::remove(log);
    words.insert(words.begin(), in_.program);
    auto environment = environment_of(parts_.front());
    child command{{words, environment, parts_.front().data, log}};
    for (const auto until = steady::now() + std::chrono::seconds{60}; !command.ended() && steady::now() < until;) {
        look_for_interrupt();
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    std::ifstream in{log};
    return {std::istreambuf_iterator<char>{in}, {}};
}

void deployment::start_proxy()
{
    std::vector<std::string> words{"proxy-config"};
    for (const auto& p : parts_) {
        words.emplace_back("--at");
        words.push_back(fmt::format("{}=127.0.0.1:{}", fmt::join(p.services, ","), p.port));
    }
    auto text = run(words);
    if (text.find("listen ") == text.npos)
        throw std::runtime_error("edm proxy-config: " + text);
    auto at = directory_ / "proxy";
    fs::create_directories(at);
    // Its own address and files, beside what a site would have them.
    text = std::regex_replace(text, std::regex{"listen\\s+[^;]+;"}, fmt::format("listen 127.0.0.1:{};", proxy_port_));
    std::string own = "access_log off; ";
    for (const auto* name : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
        own += fmt::format("{}_temp_path {}/{}; ", name, at.string(), name);
    text = std::regex_replace(text, std::regex{"\\bhttp\\s*\\{"}, "http { " + own,
                              std::regex_constants::format_first_only);
    std::ofstream{at / "nginx.conf"} << fmt::format(
        "daemon off; worker_processes auto; pid {0}/pid; error_log {0}/error.log;\n{1}", at.string(), text);
    proxy_ = std::make_unique<child>(child::what{{in_.proxy, "-e", at / "error.log", "-p", at, "-c", at / "nginx.conf"},
                                                 {{"PATH", "/usr/bin:/bin"}},
                                                 at,
                                                 at / "output"});
    wait_for("nginx", proxy_.get(), std::chrono::seconds{10}, [this] { return listens(proxy_port_); });
}

std::uint16_t deployment::port_behind(std::string_view service) const
{
    for (const auto& p : parts_)
        if (runs(p.services, service))
            return p.port;
    throw std::runtime_error(fmt::format("there is no service {}", service));
}

std::uint16_t deployment::port_of(std::string_view service) const
{
    return proxy_port_ != 0 ? proxy_port_ : port_behind(service);
}

visited deployment::as_seen() const
{
    visited out{.card = card_, .recipes = {}, .mailbox = {}};
    out.token = [this](const std::string& user) {
        environment now;
        return signer_->issue(security::purpose::access, {.sub = user,
                                                          .jti = now.id(),
                                                          .iat = now.now(),
                                                          .exp = now.now() + std::chrono::hours{24},
                                                          .generation = 1,
                                                          .administrator = user == settings_.at("APP_ADM_USER")});
    };
    for (const auto& service : in_.services)
        out.ports.emplace(service, port_of(service));
    for (const auto& p : parts_)
        if (runs(p.services, "email-confirmation"))
            out.mailbox = p.data / "mailbox";
    return out;
}

std::vector<pid_t> deployment::programs() const
{
    std::vector<pid_t> out;
    for (const auto& p : parts_)
        if (p.running)
            out.push_back(p.running->pid());
    return out;
}

std::vector<pid_t> deployment::proxies() const
{
    return proxy_ ? tree_of(proxy_->pid()) : std::vector<pid_t>{};
}

std::map<std::string, double> deployment::metrics() const
{
    std::map<std::string, double> out;
    for (const auto& p : parts_) {
        auto answer = ask(p.port, "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        std::istringstream lines{answer};
        for (std::string line; std::getline(lines, line);)
            if (line.starts_with("edm_"))
                out[line.substr(0, line.find_first_of(" {"))] += std::strtod(line.c_str() + line.rfind(' '), nullptr);
    }
    return out;
}

std::optional<deployment::audited> deployment::audit() const
{
    std::vector<std::string> words{"audit", "--json", "--wait", "20"};
    if (parts_.size() > 1)
        for (const auto& p : parts_) {
            words.emplace_back("--at");
            words.push_back(fmt::format("http://127.0.0.1:{}", p.port));
        }
    auto said = run(words);
    auto from = said.find('['), to = said.rfind(']');
    if (from == said.npos || to == said.npos || to < from)
        return {};
    boost::system::error_code problem;
    auto rows = boost::json::parse(std::string_view{said}.substr(from, to + 1 - from), problem);
    if (problem || !rows.is_array())
        return {};
    audited out;
    for (const auto& row : rows.as_array()) {
        out.behind += row.at("behind").to_number<double>();
        out.lost += row.at("lost").to_number<double>();
    }
    return out;
}

} // namespace edm::measure
