#include "pool.hpp"

#include "interrupt.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <stdexcept>
#include <utility>

namespace edm::measure {

poller::poller() : fd_(::epoll_create1(EPOLL_CLOEXEC)) {}

void poller::watch(int fd, watched& by)
{
    epoll_event e{.events = EPOLLIN, .data = {.ptr = &by}};
    ::epoll_ctl(fd_.get(), EPOLL_CTL_ADD, fd, &e);
}

void poller::turn(int milliseconds)
{
    look_for_interrupt();
    epoll_event events[128];
    int ready = ::epoll_wait(fd_.get(), events, 128, milliseconds);
    for (int i = 0; i < ready; ++i)
        static_cast<watched*>(events[i].data.ptr)->ready();
}

void read_all(int fd, std::string& to, traffic& counted)
{
    char bytes[64 * 1024];
    for (;;) {
        auto got = ::recv(fd, bytes, sizeof bytes, 0);
        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0)
            throw std::runtime_error("the shop closed a connection");
        to.append(bytes, static_cast<std::size_t>(got));
        counted.received += static_cast<std::uint64_t>(got);
        if (static_cast<std::size_t>(got) < sizeof bytes)
            return;
    }
}

void send_whole(int fd, std::string_view bytes, traffic& counted)
{
    // A request is far smaller than an empty socket buffer.
    if (::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
        throw std::runtime_error("a request could not be sent whole");
    counted.sent += bytes.size();
}

class pool::connection final : public watched
{
  public:
    explicit connection(pool& of) : pool_(of), socket_(connect_to(of.port_))
    {
        pool_.poller_.watch(socket_.get(), *this);
    }

    void send(request what)
    {
        then_ = std::move(what.then);
        send_whole(socket_.get(), what.bytes, pool_.counted_);
    }

    void ready() override
    {
        if (!then_) { // closed by the server while nothing was asked of it
            connect_again();
            return;
        }
        read_all(socket_.get(), received_, pool_.counted_);
        auto came = first_answer(received_);
        if (came.size == 0)
            return;
        auto then = std::exchange(then_, nullptr);
        if (came.closes)
            connect_again();
        pool_.idle_.push_back(this);
        then(came);
        received_.clear();
        pool_.give_out();
    }

  private:
    void connect_again()
    {
        socket_ = descriptor{connect_to(pool_.port_)};
        pool_.poller_.watch(socket_.get(), *this);
    }

    pool& pool_;
    descriptor socket_;
    handler then_;
    std::string received_;
};

pool::pool(poller& by, std::uint16_t port, std::size_t most, traffic& counted)
    : poller_(by), port_(port), most_(most), counted_(counted)
{
}

pool::~pool() = default;

void pool::send(std::string request, handler then)
{
    waiting_.push_back({std::move(request), std::move(then)});
    give_out();
}

void pool::give_out()
{
    while (!waiting_.empty()) {
        if (idle_.empty()) {
            if (all_.size() == most_)
                return;
            idle_.push_back(all_.emplace_back(std::make_unique<connection>(*this)).get());
        }
        auto* free = idle_.back();
        idle_.pop_back();
        auto next = std::move(waiting_.front());
        waiting_.pop_front();
        free->send(std::move(next));
    }
}

} // namespace edm::measure
