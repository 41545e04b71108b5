#include "load.hpp"

#include "interrupt.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>

namespace edm::measure {

namespace {

using steady = std::chrono::steady_clock;

[[noreturn]] void broken(std::string_view what)
{
    throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(errno)));
}

void send_all(int fd, std::string_view bytes)
{
    while (!bytes.empty()) {
        auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno != EAGAIN)
                broken("send");
            pollfd writable{fd, POLLOUT, 0};
            ::poll(&writable, 1, 1000);
            continue;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

struct peer
{
    descriptor socket;
    const std::string* request;
    std::string received;
};

} // namespace

descriptor::~descriptor()
{
    if (fd_ >= 0)
        ::close(fd_);
}

std::uint16_t free_port()
{
    descriptor s{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (s.get() < 0 || ::bind(s.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 ||
        ::getsockname(s.get(), reinterpret_cast<sockaddr*>(&at), &size) != 0)
        throw std::runtime_error("there is no free port");
    return ntohs(at.sin_port);
}

int connect_to(std::uint16_t port)
{
    int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        broken("socket");
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
        auto problem = errno;
        ::close(fd);
        errno = problem;
        broken("connect");
    }
    int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    return fd;
}

std::string_view field_of(std::string_view head, std::string_view name)
{
    for (auto line = head.find("\r\n"); line != head.npos; line = head.find("\r\n", line + 2)) {
        auto rest = head.substr(line + 2);
        if (rest.size() <= name.size() || rest[name.size()] != ':' ||
            ::strncasecmp(rest.data(), name.data(), name.size()) != 0)
            continue;
        auto value = rest.substr(name.size() + 1, rest.find("\r\n") - name.size() - 1);
        value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
        return value;
    }
    return {};
}

answer first_answer(std::string_view received)
{
    answer out;
    auto end = received.find("\r\n\r\n");
    if (end == received.npos)
        return out;
    out.head = received.substr(0, end + 2);
    if (out.head.size() > 12 && out.head.starts_with("HTTP/1.1 "))
        std::from_chars(out.head.data() + 9, out.head.data() + 12, out.status);
    std::size_t body = 0;
    if (auto length = field_of(out.head, "Content-Length"); !length.empty())
        std::from_chars(length.data(), length.data() + length.size(), body);
    if (received.size() < end + 4 + body)
        return out;
    out.body = received.substr(end + 4, body);
    out.closes = field_of(out.head, "Connection") == "close";
    out.size = end + 4 + body;
    return out;
}

namespace {

/// Whether the other side goes on.
bool receive(int fd, std::string& to)
{
    char bytes[16 * 1024];
    pollfd readable{fd, POLLIN, 0};
    if (::poll(&readable, 1, 30'000) == 0)
        throw std::runtime_error("no answer within 30 s");
    auto got = ::recv(fd, bytes, sizeof bytes, 0);
    if (got < 0)
        throw std::runtime_error("the connection broke before the answer was whole");
    to.append(bytes, static_cast<std::size_t>(got));
    return got != 0;
}

} // namespace

std::string ask(std::uint16_t port, std::string_view request)
{
    descriptor socket{connect_to(port)};
    send_all(socket.get(), request);
    std::string received;
    while (first_answer(received).size == 0)
        if (!receive(socket.get(), received))
            throw std::runtime_error("the connection broke before the answer was whole");
    return received;
}

std::string ask_to_end(std::uint16_t port, std::string_view request)
{
    descriptor socket{connect_to(port)};
    send_all(socket.get(), request);
    std::string received;
    while (receive(socket.get(), received)) {
    }
    return received;
}

std::string get_request(std::string_view target, std::string_view token)
{
    return fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\nAuthorization: Bearer "
                       "{}\r\n\r\n",
                       target, token);
}

load_result drive(const load& what)
{
    descriptor poller{::epoll_create1(EPOLL_CLOEXEC)};
    std::vector<peer> peers;
    peers.reserve(what.requests.size());
    auto watch = [&](std::size_t n) {
        epoll_event e{.events = EPOLLIN, .data = {.u64 = n}};
        ::epoll_ctl(poller.get(), EPOLL_CTL_ADD, peers[n].socket.get(), &e);
    };
    for (const auto& request : what.requests) {
        peers.push_back({.socket = descriptor{connect_to(what.port)}, .request = &request, .received = {}});
        watch(peers.size() - 1);
    }
    for (auto& one : peers)
        send_all(one.socket.get(), *one.request);

    const auto began = steady::now() + what.warm_up, until = began + what.length;
    std::uint64_t answered = 0;
    load_result out;
    char bytes[64 * 1024];
    epoll_event events[64];
    auto now = steady::now();
    for (; now < until; now = steady::now()) {
        look_for_interrupt();
        int ready = ::epoll_wait(poller.get(), events, 64, 100);
        for (int i = 0; i < ready; ++i) {
            auto& one = peers[events[i].data.u64];
            auto got = ::recv(one.socket.get(), bytes, sizeof bytes, 0);
            if (got < 0 && errno == EAGAIN)
                continue;
            if (got <= 0)
                broken("a connection broke under load");
            one.received.append(bytes, static_cast<std::size_t>(got));
            auto came = first_answer(one.received);
            if (came.size == 0)
                continue;
            answered += now >= began;
            out.failed += came.status != 200;
            one.received.clear();
            if (came.closes) { // a proxy ends a connection after so many requests
                one.socket = descriptor{connect_to(what.port)};
                watch(events[i].data.u64);
            }
            send_all(one.socket.get(), *one.request);
        }
    }
    out.per_second = static_cast<double>(answered) / std::chrono::duration<double>(now - began).count();
    return out;
}

} // namespace edm::measure
