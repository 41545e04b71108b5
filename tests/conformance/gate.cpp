#include "gate.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

namespace edm::conformance {

namespace {

sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(port);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
}

void close_hard(int fd)
{
    linger off{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &off, sizeof off);
    ::close(fd);
}

} // namespace

gate::gate(std::uint16_t to)
    : to_(to), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), wake_(::eventfd(0, EFD_CLOEXEC))
{
    auto a = loopback(0);
    socklen_t size = sizeof a;
    if (listener_ < 0 || wake_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&a), size) != 0 ||
        ::listen(listener_, 64) != 0 || ::getsockname(listener_, reinterpret_cast<sockaddr*>(&a), &size) != 0)
        throw std::runtime_error("no gate can be opened");
    port_ = ntohs(a.sin_port);
    thread_ = std::thread([this] { run(); });
}

gate::~gate()
{
    ended_ = true;
    wake();
    thread_.join();
    ::close(listener_);
    ::close(wake_);
}

void gate::wake() const
{
    std::uint64_t one = 1;
    [[maybe_unused]] auto written = ::write(wake_, &one, sizeof one);
}

/// Returns when it is so.
void gate::order(mode m)
{
    mode_ = m;
    auto mine = ++ordered_;
    wake();
    for (auto seen = seen_.load(); seen < mine; seen = seen_.load())
        seen_.wait(seen);
}

void gate::reset()
{
    reset_ = true;
    order(pass);
}

void gate::drop_all(bool hard)
{
    for (auto [us, server] : pairs_)
        for (int fd : {us, server})
            hard ? close_hard(fd) : static_cast<void>(::close(fd));
    pairs_.clear();
}

void gate::take()
{
    int us = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (us < 0)
        return;
    int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto a = loopback(to_);
    if (mode_ == shut || ::connect(server, reinterpret_cast<sockaddr*>(&a), sizeof a) != 0) {
        close_hard(us);
        ::close(server);
        return;
    }
    pairs_.emplace_back(us, server);
}

/// False where one side has ended.
bool gate::carry(int from, int to) const
{
    char bytes[65536];
    auto n = ::recv(from, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN;
    if (n == 0)
        return false;
    for (ssize_t sent = 0; to >= 0 && sent != n;) {
        auto more = ::send(to, bytes + sent, static_cast<std::size_t>(n - sent), MSG_NOSIGNAL);
        if (more < 0)
            return false;
        sent += more;
    }
    return true;
}

void gate::run()
{
    while (!ended_) {
        auto now = mode_.load();
        std::vector<pollfd> on{{wake_, POLLIN, 0}, {listener_, static_cast<short>(now == hold ? 0 : POLLIN), 0}};
        auto carried = now == hold ? 0 : pairs_.size();
        for (std::size_t i = 0; i != carried; ++i) {
            on.push_back({pairs_[i].first, POLLIN, 0});
            on.push_back({pairs_[i].second, POLLIN, 0});
        }
        ::poll(on.data(), on.size(), -1);
        if (on[0].revents & POLLIN) {
            std::uint64_t count;
            [[maybe_unused]] auto taken = ::read(wake_, &count, sizeof count);
            auto ordered = ordered_.load();
            if (reset_.exchange(false))
                drop_all(true);
            if (mode_ == shut)
                drop_all(false);
            seen_ = ordered;
            seen_.notify_all();
            continue;
        }
        std::vector<std::pair<int, int>> left;
        for (std::size_t i = 0; i != carried; ++i) {
            auto [us, server] = pairs_[i];
            bool stays = true;
            if (on[2 + 2 * i].revents)
                stays = carry(us, server);
            if (stays && on[3 + 2 * i].revents)
                stays = carry(server, now == one_way ? -1 : us);
            if (stays) {
                left.push_back(pairs_[i]);
            } else {
                ::close(us);
                ::close(server);
            }
        }
        if (now != hold)
            pairs_ = std::move(left);
        if (on[1].revents & POLLIN)
            take();
    }
    drop_all(false);
}

} // namespace edm::conformance
