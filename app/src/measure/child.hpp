#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace edm::measure {

/// A program that runs below this one: in a process group of its own, with an environment of its own; it dies with the
/// thread that started it.
class child
{
  public:
    struct what
    {
        std::vector<std::string> arguments; ///< the program first, with its path
        std::map<std::string, std::string> environment;
        std::filesystem::path directory; ///< where it runs
        std::filesystem::path log;       ///< what it says
    };
    /// Throws std::runtime_error where there can be no other process. A program that is not there ends with 127.
    explicit child(const what& w);
    ~child();
    child(const child&) = delete;

    pid_t pid() const { return pid_; }
    bool ended();
    /// A signal, and at most so long for its end; then it is killed, with its group.
    void stop(int signal, std::chrono::milliseconds at_most = std::chrono::seconds{30});
    /// The last of what it said, for a message.
    std::string last_words() const;

  private:
    void kill_group();

    pid_t pid_ = -1;
    std::filesystem::path log_;
};

/// Asks every millisecond whether a server is ready. Throws std::runtime_error where the process ended (if one is
/// given) or the time is up.
void wait_for(const char* whom, child* process, std::chrono::seconds at_most, bool (*ready)(const void*),
              const void* argument);
template <class Ready>
void wait_for(const char* whom, child* process, std::chrono::seconds at_most, Ready ready)
{
    wait_for(whom, process, at_most, [](const void* f) { return (*static_cast<const Ready*>(f))(); }, &ready);
}

/// The path of a program that can be run: in one of the folders given, or of PATH. Empty: there is none.
std::string find_program(const std::string& name, const std::vector<std::string>& folders = {});
/// Whether something listens on a port of this machine.
bool listens(std::uint16_t port);

} // namespace edm::measure
