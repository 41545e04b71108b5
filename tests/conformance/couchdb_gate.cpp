#include "couchdb_gate.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string_view>

namespace edm::conformance {

namespace {

int connect_to(const std::string& host, const std::string& port)
{
    addrinfo wanted{.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), port.c_str(), &wanted, &found) != 0)
        return -1;
    int s = -1;
    for (auto* one = found; one && s < 0; one = one->ai_next) {
        s = ::socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (::connect(s, one->ai_addr, one->ai_addrlen) != 0) {
            ::close(s);
            s = -1;
        }
    }
    ::freeaddrinfo(found);
    const int on = 1;
    ::setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return s;
}

bool send_all(int to, std::string_view bytes)
{
    while (!bytes.empty()) {
        auto n = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

/// Whether these bytes begin a request that writes documents; a log-in writes none.
bool changes_something(std::string_view bytes)
{
    return bytes.starts_with("PUT ") || bytes.starts_with("DELETE ") ||
           (bytes.starts_with("POST ") && bytes.substr(0, bytes.find('\r')).find("/_bulk_docs") != bytes.npos);
}

bool take_one(std::atomic<int>& of)
{
    for (int left = of.load(); left > 0;)
        if (of.compare_exchange_weak(left, left - 1))
            return true;
    return false;
}

} // namespace

couchdb_gate::couchdb_gate(const std::string& url)
{
    auto at = url.find("://") + 3;
    auto colon = url.find(':', at);
    host_ = url.substr(at, colon - at);
    port_ = url.substr(colon + 1);
    port_.resize(std::min(port_.size(), port_.find('/')));
    listen();
    listens_.store(true);
    accepting_ = std::thread([this] { accept_all(); });
}

/// On the port that it had before.
void couchdb_gate::listen()
{
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in here{.sin_family = AF_INET, .sin_port = htons(own_port_), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof here;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&here), size) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&here), &size) != 0)
        throw std::runtime_error("the gate cannot listen");
    own_port_ = ntohs(here.sin_port);
}

couchdb_gate::~couchdb_gate()
{
    ended_.store(true);
    accepting_.join();
    break_all();
    for (auto& each : serving_)
        each.join();
}

std::string couchdb_gate::url() const
{
    return "http://127.0.0.1:" + std::to_string(own_port_);
}

void couchdb_gate::shut()
{
    shut_.store(true);
    listens_.wait(true);
    break_all();
}

void couchdb_gate::open()
{
    shut_.store(false);
    listens_.wait(false);
}

void couchdb_gate::break_all()
{
    std::lock_guard lock(mutex_);
    for (int s : open_)
        ::shutdown(s, SHUT_RDWR);
}

void couchdb_gate::accept_all()
{
    constexpr int look_ms = 5;
    while (!ended_.load()) {
        pollfd waiting{listener_, POLLIN, 0};
        const bool came = ::poll(&waiting, listens_.load() ? 1 : 0, look_ms) > 0;
        if (came) {
            int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (client >= 0)
                serving_.emplace_back([this, client] { serve(client); });
        }
        if (shut_.load() == listens_.load()) {
            if (shut_.load())
                ::close(listener_);
            else
                listen();
            listens_.store(!shut_.load());
            listens_.notify_all();
        }
    }
    if (listens_.load())
        ::close(listener_);
}

void couchdb_gate::serve(int client)
{
    int server = connect_to(host_, port_);
    {
        std::lock_guard lock(mutex_);
        open_.insert(client);
        if (server >= 0)
            open_.insert(server);
    }
    std::array<char, 64 * 1024> bytes;
    bool cut = false;
    for (bool on = server >= 0 && !shut_.load(); on;) {
        std::array<pollfd, 2> ends{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
        if (::poll(ends.data(), ends.size(), -1) < 0)
            break;
        if (ends[0].revents != 0) {
            auto n = ::recv(client, bytes.data(), bytes.size(), 0);
            std::string_view got{bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
            if (n > 0 && page_.load()) {
                on = send_all(client, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>");
                continue;
            }
            if (changes_something(got)) {
                if (take_one(cut_requests_))
                    break;
                cut = take_one(cut_answers_);
            }
            on = n > 0 && send_all(server, got);
        }
        if (on && ends[1].revents != 0) {
            auto n = ::recv(server, bytes.data(), bytes.size(), 0);
            if (n > 0 && cut && shut_with_cut_.exchange(false))
                shut();
            on = n > 0 && !cut && send_all(client, {bytes.data(), static_cast<std::size_t>(n)});
        }
    }
    forget(client, server);
}

void couchdb_gate::forget(int client, int server)
{
    std::lock_guard lock(mutex_);
    for (int s : {client, server}) {
        open_.erase(s);
        if (s >= 0)
            ::close(s);
    }
}

} // namespace edm::conformance
