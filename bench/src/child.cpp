#include "child.hpp"

#include "measure/load.hpp"
#include "shop.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace edm::bench {

using namespace measure;

child::child(const std::filesystem::path& data) : port_(free_port())
{
    using namespace std::chrono_literals;
    auto address = fmt::format("127.0.0.1:{}", port_);
    std::filesystem::create_directories(data);
    const auto began = std::chrono::steady_clock::now();
    pid_ = ::fork();
    if (pid_ == 0) {
        ::setenv("EDM_DATA_DIR", data.c_str(), 1);
        ::setenv("EDM_LISTEN", address.c_str(), 1);
        ::setenv("EDM_PUBLIC_URL", ("http://" + address).c_str(), 1);
        int nowhere = ::open("/dev/null", O_RDWR);
        ::dup2(nowhere, 1);
        ::dup2(nowhere, 2);
        ::execl(EDM_PROGRAM, EDM_PROGRAM, "serve", nullptr);
        ::_exit(127);
    }
    if (pid_ < 0)
        throw std::runtime_error("the program cannot be started");
    for (const auto until = began + 30s; std::chrono::steady_clock::now() < until;) {
        try {
            if (ask(port_, "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").starts_with("HTTP/1.1 200 ")) {
                to_ready_ = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
                return;
            }
        } catch (const std::runtime_error&) {
            // It does not listen yet.
        }
        std::this_thread::sleep_for(500us);
    }
    kill();
    throw std::runtime_error("the program did not become ready");
}

child::~child()
{
    kill();
}

void child::wait()
{
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
}

void child::kill()
{
    if (pid_ < 0)
        return;
    ::kill(pid_, SIGKILL);
    wait();
}

void child::stop()
{
    if (pid_ < 0)
        return;
    ::kill(pid_, SIGTERM);
    wait();
}

std::size_t child::resident() const
{
    std::ifstream status{fmt::format("/proc/{}/status", pid_)};
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:"))
            return std::stoul(line.substr(6));
    throw std::runtime_error("the program has ended");
}

} // namespace edm::bench
