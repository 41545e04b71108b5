#include "child.hpp"

#include "interrupt.hpp"

#include "load.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace edm::measure {

using steady = std::chrono::steady_clock;

child::child(const what& w) : log_(w.log)
{
    std::vector<std::string> variables;
    for (const auto& [name, value] : w.environment)
        variables.push_back(name + "=" + value);
    auto arguments = w.arguments;
    std::vector<char*> argv, envp;
    for (auto& one : arguments)
        argv.push_back(one.data());
    for (auto& one : variables)
        envp.push_back(one.data());
    argv.push_back(nullptr);
    envp.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ < 0)
        throw std::runtime_error("a process cannot be started");
    if (pid_ == 0) { // calls that are safe after a fork of a program with threads, and no others
        ::setpgid(0, 0);
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        sigset_t none;
        sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        int in = ::open("/dev/null", O_RDONLY);
        int out = ::open(w.log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        ::dup2(in, 0);
        ::dup2(out, 1);
        ::dup2(out, 2);
        if (::chdir(w.directory.c_str()) == 0)
            ::execve(argv[0], argv.data(), envp.data());
        ::_exit(127);
    }
    ::setpgid(pid_, pid_);
}

child::~child()
{
    kill_group();
}

bool child::ended()
{
    if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) {
        ::kill(-pid_, SIGKILL);
        pid_ = -1;
    }
    return pid_ < 0;
}

void child::kill_group()
{
    if (pid_ < 0)
        return;
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

void child::stop(int signal, std::chrono::milliseconds at_most)
{
    if (ended())
        return;
    ::kill(pid_, signal);
    for (const auto until = steady::now() + at_most; !ended() && steady::now() < until;)
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    kill_group();
}

std::string child::last_words() const
{
    std::ifstream in{log_};
    std::string all{std::istreambuf_iterator<char>{in}, {}};
    return all.size() > 1500 ? all.substr(all.size() - 1500) : all;
}

void wait_for(const char* whom, child* process, std::chrono::seconds at_most, bool (*ready)(const void*),
              const void* argument)
{
    for (const auto until = steady::now() + at_most; !ready(argument);) {
        look_for_interrupt();
        if (process && process->ended())
            throw std::runtime_error(fmt::format("{} ended before it was ready:\n{}", whom, process->last_words()));
        if (steady::now() > until)
            throw std::runtime_error(fmt::format("{} is not ready within {} s{}", whom, at_most.count(),
                                                 process ? ":\n" + process->last_words() : ""));
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
}

std::string find_program(const std::string& name, const std::vector<std::string>& folders)
{
    auto all = folders;
    const char* path = std::getenv("PATH");
    std::istringstream in{path ? path : ""};
    for (std::string folder; std::getline(in, folder, ':');)
        all.push_back(folder);
    for (const auto& folder : all)
        if (auto at = folder + "/" + name; ::access(at.c_str(), X_OK) == 0)
            return at;
    return {};
}

bool listens(std::uint16_t port)
{
    try {
        descriptor there{connect_to(port)};
        return true;
    } catch (const std::runtime_error&) {
        return false;
    }
}

} // namespace edm::measure
