#pragma once

#include <edm/web/server.hpp>

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <functional>
#include <map>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace edm::web::testing {

/// One answer as a plain client reads it.
struct answer
{
    int status = 0;
    std::string head;
    std::string body;
};

/// A blocking client socket: sends raw bytes, reads answers framed by Content-Length.
class raw_client
{
  public:
    explicit raw_client(std::uint16_t port)
    {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_port = htons(port);
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connect(AF_INET, reinterpret_cast<sockaddr*>(&at), sizeof at);
    }
    explicit raw_client(const std::string& path)
    {
        sockaddr_un at{};
        at.sun_family = AF_UNIX;
        path.copy(at.sun_path, sizeof at.sun_path - 1);
        connect(AF_UNIX, reinterpret_cast<sockaddr*>(&at), sizeof at);
    }
    ~raw_client() { close(); }
    raw_client(const raw_client&) = delete;
    raw_client& operator=(const raw_client&) = delete;

    void close()
    {
        if (fd_ >= 0)
            ::close(std::exchange(fd_, -1));
    }
    void shut_sending() { ::shutdown(fd_, SHUT_WR); }
    int fd() const { return fd_; }

    raw_client& send(std::string_view bytes)
    {
        while (!bytes.empty()) {
            const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0)
                break;
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        return *this;
    }

    /// Blocks for more bytes; false at the end of the connection.
    bool more()
    {
        char part[8192];
        const auto n = ::recv(fd_, part, sizeof part, 0);
        if (n <= 0)
            return false;
        received_.append(part, static_cast<std::size_t>(n));
        return true;
    }
    /// Everything up to and including `mark`; what came where the connection ended before.
    std::string until(std::string_view mark)
    {
        std::size_t at;
        while ((at = received_.find(mark)) == std::string::npos)
            if (!more())
                return std::exchange(received_, {});
        auto taken = received_.substr(0, at + mark.size());
        received_.erase(0, at + mark.size());
        return taken;
    }
    std::string until_closed()
    {
        while (more()) {
        }
        return std::exchange(received_, {});
    }
    /// status 0: the connection ended.
    answer read(bool head_only = false)
    {
        answer a;
        a.head = until("\r\n\r\n");
        if (!a.head.ends_with("\r\n\r\n"))
            return a;
        a.status = std::stoi(a.head.substr(9, 3));
        const auto length = a.head.find("Content-Length: ");
        if (length == std::string::npos || head_only)
            return a;
        const auto size = static_cast<std::size_t>(std::stoul(a.head.substr(length + 16)));
        while (received_.size() < size && more()) {
        }
        a.body = received_.substr(0, size);
        received_.erase(0, a.body.size());
        return a;
    }
    answer ask(std::string_view bytes) { return send(bytes).read(); }

  private:
    void connect(int family, const sockaddr* at, socklen_t size)
    {
        fd_ = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        timeval patience{20, 0}; // a test that would hang fails instead
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (::connect(fd_, at, size) != 0)
            close();
    }

    int fd_ = -1;
    std::string received_;
};

inline std::string get(std::string_view target, std::string_view fields = "")
{
    return "GET " + std::string{target} + " HTTP/1.1\r\nHost: test\r\n" + std::string{fields} + "\r\n";
}

/// Something that a test waits for and another thread brings about.
class gate
{
  public:
    void open()
    {
        const std::lock_guard lock{mutex_};
        open_ = true;
        changed_.notify_all();
    }
    bool wait()
    {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, std::chrono::seconds{20}, [this] { return open_; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
};

/// A handler made of functions per path. `/echo` and `/` exist always.
class table_handler final : public handler
{
  public:
    using function = std::function<task<response>(const request&)>;

    std::map<std::string, function, std::less<>> routes;
    std::map<std::string, body_limit, std::less<>> limits;
    std::map<std::string, response, std::less<>> unwelcome; ///< what `admit` answers
    std::atomic<int> asked{0};                              ///< whether a body may come
    std::atomic<int> calls{0};
    std::atomic<int> forbidden_calls{0}; ///< of `/forbidden`, which no test may reach

    task<response> handle(const request& r) override
    {
        ++calls;
        if (r.path == "/forbidden")
            ++forbidden_calls;
        if (auto route = routes.find(r.path); route != routes.end())
            return route->second(r);
        return echo(r);
    }
    task<std::optional<response>> admit(const request& head) override
    {
        ++asked;
        EXPECT_TRUE(head.body.empty());
        if (head.path == "/throws")
            throw std::runtime_error("what nobody expected");
        auto found = unwelcome.find(head.path);
        if (found == unwelcome.end())
            co_return std::nullopt;
        response out;
        out.status = found->second.status;
        out.body = found->second.body;
        out.headers = found->second.headers;
        co_return out;
    }
    std::optional<body_limit> limit(std::string_view, std::string_view path) const override
    {
        if (auto found = limits.find(path); found != limits.end())
            return found->second;
        return std::nullopt;
    }
    static task<response> echo(const request& r)
    {
        response a;
        a.content_type = "text/plain";
        a.body = r.path == "/echo" ? std::string{r.body} : std::string{r.method} + " " + std::string{r.target};
        co_return a;
    }
};

/// A server on loopback with its own contexts.
struct running_server
{
    explicit running_server(web::limits with = quick(), std::size_t threads = 2) : io(threads), web(io, routes, with)
    {
        io.start();
        port = web.listen("127.0.0.1", 0);
    }
    ~running_server()
    {
        EXPECT_TRUE(web.stop(milliseconds{5'000}));
        io.stop();
        io.join();
    }
    /// The default limits with a fine tick.
    static web::limits quick()
    {
        web::limits l;
        l.tick = milliseconds{5};
        return l;
    }

    contexts io;
    table_handler routes;
    server web;
    std::uint16_t port = 0;
};

} // namespace edm::web::testing
