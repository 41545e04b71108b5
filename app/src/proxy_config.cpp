#include "proxy_config.hpp"

#include <edm/gateway/router.hpp>
#include <edm/service/endpoint.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace edm::app {

namespace {

/// Which paths a service's routes with one template answer, and how they are to be passed on.
struct location
{
    std::string match; ///< what stands between `location` and its block
    std::string service;
    bool stream = false, upload = false;
};

/// `= /path` for a path as it is, else an expression: of a prefix that ends in `/` nginx would redirect to it who asks
/// for the path without.
std::string match_of(std::string_view path)
{
    auto open = path.find('{');
    if (open == path.npos)
        return fmt::format("= {}", path);
    std::string expression;
    while (open != path.npos) {
        expression += fmt::format("{}.+", path.substr(0, open));
        path.remove_prefix(path.find('}', open) + 1);
        open = path.find('{');
    }
    return fmt::format("~ ^{}{}$", expression, path);
}

std::vector<location> locations_of(const program& declared, const places& at)
{
    std::vector<location> out;
    for (const auto& e : declared.model.endpoints) {
        if (!at.contains(e.service))
            continue;
        auto match = match_of(e.path);
        auto known = std::ranges::find(out, match, &location::match);
        if (known == out.end())
            known = out.insert(out.end(), {.match = std::move(match), .service = e.service});
        if (known->service != e.service)
            throw usage_error(fmt::format("{} of {} cannot be told from a route of {} by its path", e.path, e.service,
                                          known->service));
        known->stream = known->stream || e.reply == endpoint::reply_kind::stream;
        known->upload = known->upload || e.body == endpoint::body_kind::upload;
    }
    return out;
}

std::string upstream_of(std::string_view service)
{
    return fmt::format("edm_{}", service);
}

void add_upstream(std::string& to, std::string_view name, const std::vector<config::listen_address>& servers)
{
    to += fmt::format("    upstream {} {{\n", name);
    for (const auto& one : servers)
        to += fmt::format("        server {};\n", one.text());
    // Shorter than the 60 s after which the program closes: a request is never sent into a closing connection.
    to += "        keepalive 64;\n        keepalive_timeout 30s;\n    }\n";
}

void add_location(std::string& to, const location& one)
{
    to +=
        fmt::format("        location {} {{\n            proxy_pass http://{};\n", one.match, upstream_of(one.service));
    if (one.stream) // at once, and for as long as the reader stays: there is a sign of life every 15 s
        to += "            proxy_buffering off;\n            proxy_cache off;\n            proxy_read_timeout 1h;\n";
    if (one.upload) // the program says early whom it refuses
        to += "            client_max_body_size 17m;\n            proxy_request_buffering off;\n";
    to += "        }\n";
}

std::vector<config::listen_address> all_servers(const places& at)
{
    std::vector<config::listen_address> out;
    for (const auto& [service, servers] : at)
        for (const auto& one : servers)
            if (std::ranges::find(out, one) == out.end())
                out.push_back(one);
    return out;
}

/// An answer of nginx in the words of the program.
std::string in_our_words(const failure& why)
{
    return gateway::failure_response(why).body;
}

constexpr std::string_view head =
    R"(# Written by `edm proxy-config` from the declared routes. A whole configuration of nginx: put what your installation
# needs (user, pid, worker_processes, logs) before it, and TLS into its server.
worker_rlimit_nofile 20000;
events {
    worker_connections 8192;
}
http {
)";

constexpr std::string_view server = R"(
    server {{
        listen {};
        server_name _;
        server_tokens off;
        merge_slashes off;
        default_type application/json;
        access_log off;

        # The program's own limits are a little tighter, and it says why it refuses.
        client_max_body_size 128k;
        client_header_buffer_size 8k;
        large_client_header_buffers 4 32k;
        proxy_http_version 1.1;
        proxy_read_timeout 75s;
        proxy_connect_timeout 2s;

        # What a client sends under these names is not passed on. The program reads none of them: links are made from
        # EDM_PUBLIC_URL. They are for what else stands behind this proxy, and for logs.
        proxy_set_header Host $http_host;
        proxy_set_header Connection "";
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Host $http_host;
        proxy_set_header X-Forwarded-Proto $scheme;

        error_page 413 @too_large;
        location @too_large {{
            return 413 '{}';
        }}

        # Of one process alone: ask the processes themselves.
)";

constexpr std::string_view not_shown[] = {"= /livez", "= /readyz", "= /metrics", "= /events", "/operator/"};

} // namespace

std::string nginx_config(const program& declared, const places& at, std::string_view listen)
{
    std::string out{head};
    add_upstream(out, "edm", all_servers(at));
    for (const auto& [service, servers] : at)
        add_upstream(out, upstream_of(service), servers);
    constexpr error_kind too_large{413, "content_too_large", "The request is too large."};
    out += fmt::format(server, listen, in_our_words(failure{too_large}));
    for (auto match : not_shown)
        out += fmt::format("        location {} {{\n            return 404 '{}';\n        }}\n", match,
                           in_our_words(failure{errors::not_found}));
    out += "\n        # What services declare: to a process that runs the service.\n";
    for (const auto& one : locations_of(declared, at))
        add_location(out, one);
    if (at.contains(mail_sender))
        out +=
            fmt::format("        # Development: the mails of this service; those of others lie with their processes.\n"
                        "        location /mailbox {{\n            proxy_pass http://{};\n        }}\n",
                        upstream_of(mail_sender));
    out += "\n        # Pages and documents, which every process has.\n"
           "        location / {\n            proxy_pass http://edm;\n        }\n    }\n}\n";
    return out;
}

} // namespace edm::app
