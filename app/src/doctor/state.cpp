#include "control_session.hpp"
#include "data_directory.hpp"
#include "findings.hpp"
#include "stored_state.hpp"

#include <edm/web/contexts.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace edm::app {

namespace {

constexpr milliseconds patience{10'000}; ///< with a process that may be ill

/// Why nobody can listen there now; 0: one can.
int cannot_bind(const listen_address& at)
{
    addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_PASSIVE | (at.host == "localhost" ? 0 : AI_NUMERICHOST);
    addrinfo* found = nullptr;
    if (::getaddrinfo(at.host.c_str(), std::to_string(at.port).c_str(), &wanted, &found) != 0)
        return EADDRNOTAVAIL;
    int fd = ::socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, 0);
    int one = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    int why = ::bind(fd, found->ai_addr, found->ai_addrlen) == 0 ? 0 : errno;
    ::close(fd);
    ::freeaddrinfo(found);
    return why;
}

/// @param served_port where the running process listens; 0: there is none
void check_port(findings& to, const listen_address& at, std::int64_t served_port)
{
    constexpr std::string_view subject = "port";
    if (at.port == 0) {
        to.ok(subject, served_port ? fmt::format("any; {} is served", served_port) : "any free one");
        return;
    }
    int why = cannot_bind(at);
    if (served_port == at.port)
        to.ok(subject, fmt::format("{} is served by the running process", at.text()));
    else if (served_port)
        to.warn(subject, fmt::format("the running process serves port {}, the settings say {}; restart it", served_port,
                                     at.text()));
    else if (why == 0)
        to.ok(subject, fmt::format("{} is free", at.text()));
    else if (why == EADDRINUSE)
        to.fail(subject, fmt::format("{} is used by another program; stop that, or set EDM_LISTEN", at.text()));
    else
        to.fail(subject, fmt::format("{} cannot be used ({}); set EDM_LISTEN", at.text(), std::strerror(why)));
}

const boost::json::object& object_of(const boost::json::value& v)
{
    static const boost::json::object none;
    const auto* o = v.if_object();
    return o ? *o : none;
}

std::string text_at(const boost::json::object& o, std::string_view name)
{
    const auto* v = o.if_contains(name);
    return v && v->is_string() ? std::string{v->get_string()} : std::string{};
}

stored_state asked_state(const control_client& running)
{
    stored_state out;
    auto subscriptions = running.send({.target = "/operator/subscriptions", .limit = patience});
    if (subscriptions.status != 200)
        throw std::runtime_error(reason_of(subscriptions));
    for (const auto& one : boost::json::parse(subscriptions.body).as_array())
        if (const auto* declared = object_of(one).if_contains("declared"); declared && !declared->as_bool())
            out.undeclared.push_back(text_at(one.as_object(), "name"));
    auto letters = running.send({.target = "/operator/deadletters", .limit = patience});
    if (letters.status != 200)
        throw std::runtime_error(reason_of(letters));
    auto lists = boost::json::parse(letters.body);
    out.dead_letters = lists.at("dead_letters").as_array().size();
    out.exhausted = lists.at("exhausted").as_array().size();
    return out;
}

/// What `/readyz` finds wrong, by name.
std::vector<std::pair<std::string, std::string>> failed_checks(const boost::json::object& readiness)
{
    std::vector<std::pair<std::string, std::string>> out;
    const auto* checks = readiness.if_contains("checks");
    for (const auto& one : checks && checks->is_array() ? checks->get_array() : boost::json::array{}) {
        const auto& check = object_of(one);
        if (const auto* ok = check.if_contains("ok"); ok && ok->is_bool() && !ok->get_bool())
            out.emplace_back(text_at(check, "name"), text_at(check, "reason"));
    }
    return out;
}

void check_running(findings& to, const program& declared, const control_client& running)
{
    auto answer = running.send({.target = "/readyz?verbose", .limit = patience});
    auto readiness = boost::json::parse(answer.body);
    const auto& fields = object_of(readiness);
    auto status = text_at(fields, "status");
    if (status == "ready")
        to.ok("process", "runs and is ready");
    for (const auto& [name, reason] : failed_checks(fields)) {
        if (status == "degraded")
            to.warn("process", fmt::format("runs, degraded: {}: {}", name, reason));
        else
            to.fail("process", fmt::format("runs and is not ready: {}: {}; see its log", name, reason));
    }
    const auto* port = fields.if_contains("port");
    check_port(to, declared.platform.listen_on(), port && port->is_int64() ? port->get_int64() : 0);
    tell_stored_state(to, asked_state(running));
}

void check_at_rest(findings& to, const program& declared)
{
    to.ok("process", "none runs");
    check_port(to, declared.platform.listen_on(), 0);
    if (*declared.platform.store != "sqlite")
        return; // what the database holds is looked at wherever it is
    std::filesystem::path data = *declared.platform.data_dir;
    std::error_code ignored;
    if (!std::filesystem::exists(data_directory::lock_of(data), ignored)) {
        to.ok("stores", "none yet");
        return;
    }
    data_directory mine{data}; // so that nobody opens the stores meanwhile
    auto state = read_stored_state(declared, data);
    to.ok("stores", fmt::format("{} can be opened", state.stores));
    tell_stored_state(to, state);
}

} // namespace

void tell_stored_state(findings& to, const stored_state& state)
{
    if (state.undeclared.empty())
        to.ok("subscriptions", "none is stored that is not declared");
    for (const auto& name : state.undeclared)
        to.warn("subscriptions",
                fmt::format("{0} is stored and no longer declared; run edm subscriptions drop {0}", name));
    if (state.dead_letters == 0)
        to.ok("dead letters", "none");
    else
        to.warn("dead letters", fmt::format("{} wait for an operator; see edm deadletters list", state.dead_letters));
    if (state.exhausted != 0)
        to.warn("due work",
                fmt::format("{} effects outside the store are given up; see edm deadletters list", state.exhausted));
}

void check_state(findings& to, const program& declared)
{
    control_client running{data_directory::socket_of(*declared.platform.data_dir)};
    try {
        if (running.answered())
            check_running(to, declared, running);
        else
            check_at_rest(to, declared);
    } catch (const std::exception& e) {
        to.fail("process", e.what());
    }
}

} // namespace edm::app
