#include <edm/config/platform_settings.hpp>

#include <arpa/inet.h>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>

namespace edm::config {

namespace {

bool is_ipv6(const std::string& host)
{
    in6_addr unused{};
    return ::inet_pton(AF_INET6, host.c_str(), &unused) == 1;
}

bool is_host_name(std::string_view host)
{
    auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
    };
    return !host.empty() && host.size() <= 253 && host.front() != '-' && host.front() != '.' &&
           std::ranges::all_of(host, allowed);
}

std::optional<std::uint16_t> parse_port(std::string_view text)
{
    std::uint16_t number = 0;
    auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc{} || end != text.data() + text.size() || text.size() > 5)
        return {};
    return number;
}

std::optional<std::string> check_url(const std::string& text, std::initializer_list<std::string_view> schemes,
                                     bool user_allowed, std::string_view example)
{
    auto refuse = [&](std::string_view why) { return fmt::format("{}. Write it like {}.", why, example); };
    auto url = boost::urls::parse_absolute_uri(text);
    if (!url)
        return refuse("is not a URL");
    if (std::ranges::find(schemes, std::string_view{url->scheme()}) == schemes.end())
        return refuse("has the wrong scheme");
    if (!url->has_authority() || url->encoded_host().empty())
        return refuse("has no host");
    if (url->has_port() && parse_port(url->port()).value_or(0) == 0)
        return refuse("has no valid port");
    if (url->has_userinfo() && !user_allowed)
        return refuse("must not hold a user or password");
    if (url->has_query())
        return refuse("must not have a query");
    return {};
}

} // namespace

std::expected<listen_address, std::string> listen_address::parse(std::string_view text)
{
    std::string_view example =
        "Write host:port, such as 127.0.0.1:8080, 0.0.0.0:8080 for all addresses, or [::1]:8080.";
    auto refuse = [&](std::string_view why) { return std::unexpected{fmt::format("{}. {}", why, example)}; };
    auto colon = text.rfind(':');
    if (colon == text.npos)
        return refuse("has no port");
    listen_address out;
    auto host = text.substr(0, colon);
    bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    out.host = bracketed ? host.substr(1, host.size() - 2) : host;
    if (bracketed ? !is_ipv6(out.host) : !is_host_name(out.host))
        return refuse(out.host.empty() ? "has no host" : "has no valid host");
    auto port = parse_port(text.substr(colon + 1));
    if (!port)
        return refuse("has no valid port (0 to 65535)");
    out.port = *port;
    return out;
}

std::string listen_address::text() const
{
    return host.find(':') == host.npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

std::vector<std::string> split_list(std::string_view text)
{
    std::vector<std::string> out;
    while (!text.empty()) {
        auto comma = text.find(',');
        auto item = text.substr(0, comma);
        text.remove_prefix(comma == text.npos ? text.size() : comma + 1);
        auto first = item.find_first_not_of(" \t");
        if (first != item.npos)
            out.emplace_back(item.substr(first, item.find_last_not_of(" \t") - first + 1));
    }
    return out;
}

std::optional<std::string> platform_settings::check_listen(const std::string& text)
{
    auto address = listen_address::parse(text);
    return address ? std::nullopt : std::optional{address.error()};
}

std::optional<std::string> platform_settings::check_http_url(const std::string& text)
{
    return check_url(text, {"http", "https"}, false, "https://shop.example.com");
}

std::optional<std::string> platform_settings::check_server_url(const std::string& text)
{
    return check_url(text, {"http", "https"}, false, "http://127.0.0.1:5984");
}

std::optional<std::string> platform_settings::check_couchdb_prefix(const std::string& text)
{
    auto may_stand = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
    if (!text.empty() && (text.front() < 'a' || text.front() > 'z' || !std::ranges::all_of(text, may_stand)))
        return "is no beginning of a database's name. Write a lower-case letter first, then also digits, - and _.";
    return {};
}

std::optional<std::string> platform_settings::check_amqp_url(const std::string& text)
{
    auto urls = split_list(text); // brokers of one cluster
    if (urls.empty())
        return "is empty. Write it like amqp://user:password@127.0.0.1:5672/.";
    for (const auto& url : urls)
        if (auto wrong = check_url(url, {"amqp", "amqps"}, true, "amqp://user:password@127.0.0.1:5672/"))
            return wrong;
    return {};
}

std::optional<std::string> platform_settings::check_mail(const std::string& text)
{
    if (text == "mailbox" || text == "stdout")
        return {};
    if (!text.starts_with("smtp"))
        return "is not one of the choices. Write mailbox, stdout, or smtp://host:port.";
    return check_url(text, {"smtp", "smtps"}, true, "smtp://mail.example.com:587");
}

std::optional<std::string> platform_settings::check_mail_from(const std::string& text)
{
    constexpr std::string_view example = "Write it like shop@example.com, or Recipes <shop@example.com>.";
    auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
    if (std::ranges::any_of(text, is_control))
        return fmt::format("holds a line break or another control character. {}", example);
    std::string_view address{text};
    if (auto open = text.rfind('<'); open != text.npos) {
        if (!text.ends_with('>'))
            return fmt::format("has no > at its end. {}", example);
        address = address.substr(open + 1, address.size() - open - 2);
    }
    auto at = address.rfind('@');
    bool blank = address.find_first_of(" <>,;") != address.npos;
    if (at == address.npos || at == 0 || blank || !is_host_name(address.substr(at + 1)))
        return fmt::format("is no mail address. {}", example);
    return {};
}

void platform_settings::add_to(settings& all)
{
    for (setting_base* one : std::initializer_list<setting_base*>{&env,
                                                                  &listen,
                                                                  &public_url,
                                                                  &data_dir,
                                                                  &services,
                                                                  &store,
                                                                  &bus,
                                                                  &threads,
                                                                  &log,
                                                                  &log_level,
                                                                  &mail,
                                                                  &mail_from,
                                                                  &event_history,
                                                                  &backlog_limit,
                                                                  &token_key,
                                                                  &previous_token_key,
                                                                  &couchdb_url,
                                                                  &couchdb_prefix,
                                                                  &couchdb_authorities,
                                                                  &couchdb_user,
                                                                  &couchdb_password,
                                                                  &couchdb_app_user,
                                                                  &couchdb_app_password,
                                                                  &rabbitmq_url,
                                                                  &rabbitmq_authorities})
        all.add(*one, "platform");
}

listen_address platform_settings::listen_on() const
{
    return listen_address::parse(*listen).value();
}

std::string platform_settings::public_base_url() const
{
    if (!public_url.is_set())
        return "http://" + listen_on().text();
    auto url = *public_url;
    while (url.ends_with('/'))
        url.pop_back();
    return url;
}

std::vector<std::string> platform_settings::services_to_run() const
{
    return split_list(*services);
}

std::vector<std::string> platform_settings::warnings() const
{
    std::vector<std::string> out;
    if (!is_production())
        return out;
    if (!public_url.is_set())
        out.emplace_back("EDM_PUBLIC_URL is not set: links in mails will point to " + public_base_url() + ".");
    if (*mail == "mailbox" || *mail == "stdout")
        out.emplace_back("EDM_MAIL is " + *mail + ": no mail leaves this machine.");
    return out;
}

} // namespace edm::config
