#include "supervisor.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace edm::app {

namespace {

/// The variable, which is gone afterwards. The only thread so far calls it.
std::string take(const char* name)
{
    const char* found = std::getenv(name);
    std::string value = found ? found : "";
    ::unsetenv(name);
    return value;
}

std::optional<std::int64_t> number(std::string_view text)
{
    std::int64_t value = 0;
    auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    return problem == std::errc{} && end == text.data() + text.size() && value > 0 ? std::optional{value}
                                                                                   : std::nullopt;
}

} // namespace

supervisor::supervisor() : socket_(take("NOTIFY_SOCKET"))
{
    auto limit = number(take("WATCHDOG_USEC"));
    auto whose = take("WATCHDOG_PID");
    if (limit && (whose.empty() || number(whose) == ::getpid()))
        interval_ = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::microseconds{*limit}) / 2;
}

void supervisor::tell(std::string_view state) const
{
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    if (socket_.empty() || socket_.size() >= sizeof to.sun_path)
        return;
    std::memcpy(to.sun_path, socket_.data(), socket_.size());
    if (to.sun_path[0] == '@') // a name without a file
        to.sun_path[0] = '\0';
    auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
    int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    // Whoever asked to be told and does not listen has nothing to miss.
    ::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to), size);
    ::close(fd);
}

} // namespace edm::app
