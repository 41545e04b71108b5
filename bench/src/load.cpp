#include "load.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace edm::bench {

namespace {

using steady = std::chrono::steady_clock;

[[noreturn]] void broken(std::string_view what)
{
    throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(errno)));
}

/// A descriptor that closes itself.
class descriptor
{
  public:
    explicit descriptor(int fd) : fd_(fd) {}
    descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    descriptor& operator=(descriptor&&) = delete;
    ~descriptor()
    {
        if (fd_ >= 0)
            ::close(fd_);
    }
    int get() const { return fd_; }

  private:
    int fd_;
};

struct peer
{
    descriptor socket;
    const std::string* request;
    std::string received;
    std::size_t size = 0; ///< of the answer that is being received, once its head is there
    bool ok = false;

    /// True once a whole answer has come.
    bool whole()
    {
        if (size == 0) {
            auto end = received.find("\r\n\r\n");
            if (end == received.npos)
                return false;
            static constexpr std::string_view field = "\r\nContent-Length: ";
            auto at = std::string_view{received}.substr(0, end).find(field);
            std::size_t body = 0;
            if (at != received.npos)
                std::from_chars(received.data() + at + field.size(), received.data() + end, body);
            size = end + 4 + body;
            ok = received.starts_with("HTTP/1.1 200 ");
        }
        return received.size() >= size;
    }
};

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

} // namespace

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

std::string ask(std::uint16_t port, std::string_view request)
{
    peer one{.socket = descriptor{connect_to(port)}, .request = nullptr};
    send_all(one.socket.get(), request);
    char bytes[16 * 1024];
    while (!one.whole()) {
        pollfd readable{one.socket.get(), POLLIN, 0};
        if (::poll(&readable, 1, 30'000) == 0)
            throw std::runtime_error("no answer within 30 s");
        auto got = ::recv(one.socket.get(), bytes, sizeof bytes, 0);
        if (got <= 0)
            throw std::runtime_error("the connection broke before the answer was whole");
        one.received.append(bytes, static_cast<std::size_t>(got));
    }
    return std::move(one.received);
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
    for (const auto& request : what.requests) {
        auto& one = peers.emplace_back(peer{.socket = descriptor{connect_to(what.port)}, .request = &request});
        epoll_event e{.events = EPOLLIN, .data = {.u64 = peers.size() - 1}};
        ::epoll_ctl(poller.get(), EPOLL_CTL_ADD, one.socket.get(), &e);
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
        int ready = ::epoll_wait(poller.get(), events, 64, 100);
        for (int i = 0; i < ready; ++i) {
            auto& one = peers[events[i].data.u64];
            auto got = ::recv(one.socket.get(), bytes, sizeof bytes, 0);
            if (got < 0 && errno == EAGAIN)
                continue;
            if (got <= 0)
                broken("a connection broke under load");
            one.received.append(bytes, static_cast<std::size_t>(got));
            if (!one.whole())
                continue;
            answered += now >= began;
            out.failed += !one.ok;
            one.received.clear();
            one.size = 0;
            send_all(one.socket.get(), *one.request);
        }
    }
    out.per_second = static_cast<double>(answered) / std::chrono::duration<double>(now - began).count();
    return out;
}

} // namespace edm::bench
