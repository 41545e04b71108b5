#include "smtp_server.hpp"

#include <boost/json/parse.hpp>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <vector>

namespace edm::mail_engine {

namespace {

constexpr int patience_ms = 60'000;

void install_once()
{
    static const int status = std::system("'" EDM_SCRIPTS "/venv.sh'");
    if (status != 0)
        throw std::runtime_error("the SMTP server of the tests cannot be installed into " EDM_TEST_VENV
                                 " (see the messages of pip above)");
}

struct pipe_ends
{
    int read;
    int write;
};

pipe_ends make_pipe()
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        throw std::runtime_error("no pipe");
    return {ends[0], ends[1]};
}

} // namespace

smtp_server_process::smtp_server_process(std::initializer_list<const char*> modes)
{
    install_once();
    std::string pattern = (std::filesystem::temp_directory_path() / "edm-smtp-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());

    const auto to_server = make_pipe();
    const auto from_server = make_pipe();
    std::vector<std::string> words{EDM_TEST_VENV "/bin/python3", EDM_MAIL_TESTS "/smtp_server.py", folder_.string()};
    words.insert(words.end(), modes.begin(), modes.end());
    std::vector<char*> arguments;
    for (auto& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to_server.read, 0);
    posix_spawn_file_actions_adddup2(&actions, from_server.write, 1);
    const int problem = ::posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(to_server.read);
    ::close(from_server.write);
    in_ = to_server.write;
    out_ = from_server.read;
    if (problem != 0)
        throw std::runtime_error("the SMTP server of the tests cannot be started");
    const auto ready = line();
    if (!ready.starts_with("ready "))
        throw std::runtime_error("the SMTP server of the tests said: " + ready);
    port_ = std::stoi(ready.substr(6));
}

smtp_server_process::~smtp_server_process()
{
    ::close(in_);
    ::close(out_);
    if (pid_ > 0)
        ::waitpid(pid_, nullptr, 0);
    std::filesystem::remove_all(folder_);
}

std::string smtp_server_process::line()
{
    for (;;) {
        if (const auto end = read_.find('\n'); end != std::string::npos) {
            auto found = read_.substr(0, end);
            read_.erase(0, end + 1);
            return found;
        }
        pollfd ready{out_, POLLIN, 0};
        if (::poll(&ready, 1, patience_ms) <= 0)
            throw std::runtime_error("the SMTP server of the tests says nothing");
        char piece[4096];
        const auto n = ::read(out_, piece, sizeof piece);
        if (n <= 0)
            throw std::runtime_error("the SMTP server of the tests has ended");
        read_.append(piece, static_cast<std::size_t>(n));
    }
}

boost::json::value smtp_server_process::next_mail()
{
    return boost::json::parse(line());
}

bool smtp_server_process::has_mail() const
{
    pollfd ready{out_, POLLIN, 0};
    return !read_.empty() || ::poll(&ready, 1, 0) > 0;
}

} // namespace edm::mail_engine
