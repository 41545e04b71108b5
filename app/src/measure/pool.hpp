#pragma once

#include "load.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace edm::measure {

/// Something that a poller watches.
class watched
{
  public:
    virtual ~watched() = default;
    /// It can be read.
    virtual void ready() = 0;
};

/// Epoll. What it watches must outlive it, or be closed first.
class poller
{
  public:
    poller();
    void watch(int fd, watched& by);
    void turn(int milliseconds);

  private:
    descriptor fd_;
};

/// Bytes that all clients of a crowd sent and received.
struct traffic
{
    std::uint64_t sent = 0, received = 0;
};

/// Keep-alive connections to one port, opened as they are needed. A request that finds all of them busy waits.
class pool
{
  public:
    using handler = std::function<void(const answer&)>;

    pool(poller& by, std::uint16_t port, std::size_t most, traffic& counted);
    ~pool();
    void send(std::string request, handler then);

  private:
    class connection;
    struct request
    {
        std::string bytes;
        handler then;
    };
    void give_out();

    poller& poller_;
    std::uint16_t port_;
    std::size_t most_;
    traffic& counted_;
    std::vector<std::unique_ptr<connection>> all_;
    std::vector<connection*> idle_;
    std::deque<request> waiting_;
};

/// Reads from a descriptor until nothing is there, into `to`; counts. Throws where the other side closed.
void read_all(int fd, std::string& to, traffic& counted);
/// Sends a small request whole.
void send_whole(int fd, std::string_view bytes, traffic& counted);

} // namespace edm::measure
