#include "control_client.hpp"

#include <edm/core/text.hpp>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <optional>
#include <stdexcept>

namespace edm::app {

namespace {

constexpr std::size_t most_bytes = 256 * 1024 * 1024; ///< of an answer
constexpr int tick = 100;                             ///< milliseconds between calls of `progress`

using steady = std::chrono::steady_clock;

class connection
{
  public:
    connection(const control_request& r) : request_(r), began_(steady::now()) {}
    ~connection()
    {
        if (fd_ >= 0)
            ::close(fd_);
    }
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    /// False where nobody listens.
    bool open(const std::filesystem::path& socket)
    {
        sockaddr_un at{};
        at.sun_family = AF_UNIX;
        auto path = socket.string();
        if (path.size() >= sizeof at.sun_path)
            return false; // nobody can listen there either
        std::memcpy(at.sun_path, path.data(), path.size());
        fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd_ < 0)
            throw std::runtime_error(fmt::format("no socket: {}", std::strerror(errno)));
        if (::connect(fd_, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0)
            return true;
        if (errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR || errno == ENOTSOCK)
            return false;
        throw std::runtime_error(fmt::format("{} cannot be reached: {}", path, std::strerror(errno)));
    }

    void write(std::string_view bytes)
    {
        std::size_t done = 0;
        while (done != bytes.size()) {
            auto n =
                ::send(fd_, bytes.data() + done, std::min<std::size_t>(bytes.size() - done, 64 * 1024), MSG_NOSIGNAL);
            if (n > 0) {
                done += static_cast<std::size_t>(n);
                tell(done, bytes.size());
            } else if (errno == EAGAIN) {
                wait(POLLOUT, done, bytes.size());
            } else if (errno == EPIPE || errno == ECONNRESET) {
                return; // it may have answered before it read all
            } else if (errno != EINTR) {
                broken();
            }
        }
    }

    std::string read_all(std::size_t sent)
    {
        std::string bytes;
        char block[64 * 1024];
        for (;;) {
            auto n = ::recv(fd_, block, sizeof block, 0);
            if (n == 0 || (n < 0 && errno == ECONNRESET))
                return bytes;
            if (n > 0)
                bytes.append(block, static_cast<std::size_t>(n));
            else if (errno == EAGAIN)
                wait(POLLIN, sent, sent);
            else if (errno != EINTR)
                broken();
            if (bytes.size() > most_bytes)
                throw std::runtime_error("the answer of the running process is too large");
        }
    }

  private:
    milliseconds so_far() const { return std::chrono::duration_cast<milliseconds>(steady::now() - began_); }

    void tell(std::size_t sent, std::size_t size) const
    {
        if (request_.progress)
            request_.progress(sent, size, so_far());
    }

    void wait(short what, std::size_t sent, std::size_t size) const
    {
        for (;;) {
            auto left = request_.limit - so_far();
            if (left.count() <= 0)
                throw std::runtime_error(
                    fmt::format("the running process has not answered {} {} within {}", request_.method,
                                request_.target.substr(0, request_.target.find('?')), format_duration(request_.limit)));
            pollfd one{fd_, what, 0};
            int n = ::poll(&one, 1, static_cast<int>(std::min<std::int64_t>(left.count(), tick)));
            tell(sent, size);
            if (n > 0)
                return;
            if (n < 0 && errno != EINTR)
                broken();
        }
    }

    [[noreturn]] static void broken()
    {
        throw std::runtime_error(fmt::format("the connection to the running process broke: {}", std::strerror(errno)));
    }

    const control_request& request_;
    steady::time_point began_;
    int fd_ = -1;
};

} // namespace

bool control_client::answered() const
{
    control_request none;
    return connection{none}.open(socket_);
}

control_answer control_client::send(const control_request& r) const
{
    connection to{r};
    if (!to.open(socket_))
        throw std::runtime_error(fmt::format("no process listens on {} any more", socket_.string()));
    std::string bytes = fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n", r.method, r.target);
    if (!r.content_type.empty())
        bytes += fmt::format("Content-Type: {}\r\n", r.content_type);
    if (!r.body.empty() || r.method != "GET")
        bytes += fmt::format("Content-Length: {}\r\n", r.body.size());
    bytes += "\r\n";
    bytes += r.body;
    to.write(bytes);
    return parse_control_answer(to.read_all(bytes.size()));
}

control_answer parse_control_answer(std::string_view bytes)
{
    auto malformed = [] { return std::runtime_error("the running process gave no whole answer; see its log"); };
    auto head_end = bytes.find("\r\n\r\n");
    if (!bytes.starts_with("HTTP/1.1 ") || bytes.size() < 12 || head_end == bytes.npos)
        throw malformed();
    control_answer out;
    auto code = bytes.substr(9, 3);
    if (std::from_chars(code.data(), code.data() + 3, out.status).ptr != code.data() + 3)
        throw malformed();
    std::optional<std::size_t> length;
    auto head = bytes.substr(0, head_end + 2);
    for (auto at = head.find("\r\n") + 2; at < head.size();) {
        auto end = head.find("\r\n", at);
        auto line = head.substr(at, end - at);
        at = end + 2;
        auto colon = line.find(':');
        if (colon == line.npos || ascii_lower(line.substr(0, colon)) != "content-length")
            continue;
        auto value = line.substr(line.find_first_not_of(' ', colon + 1));
        std::size_t n = 0;
        if (std::from_chars(value.data(), value.data() + value.size(), n).ptr != value.data() + value.size())
            throw malformed();
        length = n;
    }
    out.body = bytes.substr(head_end + 4);
    if (length && *length != out.body.size())
        throw malformed();
    return out;
}

} // namespace edm::app
