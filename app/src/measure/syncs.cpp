#include "syncs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

namespace edm::measure {

namespace {

enum class tool
{
    none,
    perf,
    strace
};

constexpr const char* events = "syscalls:sys_enter_fsync,syscalls:sys_enter_fdatasync";

std::string read(const std::filesystem::path& path)
{
    std::ifstream in{path};
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// Whether perf may count system calls here: tried once on a program that makes none of these.
bool perf_works(const std::string& program)
{
    auto log = std::filesystem::temp_directory_path() / fmt::format("edm-measure-perf-{}", ::getpid());
    child trial{{{program, "stat", "-x,", "-e", events, "true"}, {{"PATH", "/usr/bin:/bin"}}, "/", log}};
    for (int i = 0; i != 1000 && !trial.ended(); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    auto said = read(log);
    std::filesystem::remove(log);
    return said.find("sys_enter_fdatasync") != said.npos && said.find("<not") == said.npos &&
           said.find("rror") == said.npos;
}

tool chosen()
{
    static const tool found = [] {
        if (auto perf = find_program("perf"); !perf.empty() && perf_works(perf))
            return tool::perf;
        return find_program("strace").empty() ? tool::none : tool::strace;
    }();
    return found;
}

std::vector<std::string> command(const std::vector<pid_t>& processes, const std::filesystem::path& output)
{
    if (chosen() == tool::perf)
        return {find_program("perf"),
                "stat",
                "-x,",
                "-o",
                output.string(),
                "-e",
                events,
                "-p",
                fmt::format("{}", fmt::join(processes, ","))};
    std::vector<std::string> out{find_program("strace"),  "-c", "-f",           "-e",
                                 "trace=fsync,fdatasync", "-o", output.string()};
    for (auto pid : processes) {
        out.emplace_back("-p");
        out.push_back(fmt::to_string(pid));
    }
    return out;
}

/// The first number of each line of perf's that names a system call; the fourth word of strace's.
double count_in(const std::string& text)
{
    double all = 0;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        if (chosen() == tool::perf && line.find("sys_enter_f") != line.npos)
            all += std::strtod(line.c_str(), nullptr);
        if (chosen() == tool::strace && (line.ends_with(" fsync") || line.ends_with(" fdatasync"))) {
            std::istringstream in{line};
            std::string share, seconds, each, calls;
            in >> share >> seconds >> each >> calls;
            all += std::strtod(calls.c_str(), nullptr);
        }
    }
    return all;
}

} // namespace

sync_counter::sync_counter(const std::vector<pid_t>& processes, const std::filesystem::path& scratch)
    : output_(scratch / fmt::format("syncs-{}", processes.empty() ? 0 : processes.front()))
{
    if (processes.empty() || chosen() == tool::none)
        return;
    std::filesystem::remove(output_);
    tool_ = std::make_unique<child>(
        child::what{command(processes, output_), {{"PATH", "/usr/bin:/bin"}}, scratch, scratch / "syncs.log"});
    // Neither tool tells when it has begun.
    std::this_thread::sleep_for(std::chrono::milliseconds{chosen() == tool::perf ? 200 : 1000});
}

sync_counter::~sync_counter() = default;

std::optional<double> sync_counter::stop()
{
    if (!tool_ || tool_->ended())
        return {};
    tool_->stop(SIGINT, std::chrono::seconds{20});
    return count_in(read(output_));
}

bool sync_counter::costs_little()
{
    return chosen() != tool::strace;
}

std::string sync_counter::method()
{
    switch (chosen()) {
    case tool::perf:
        return "by perf stat (fsync and fdatasync of all threads)";
    case tool::strace:
        return "by strace (fsync and fdatasync of all threads)";
    case tool::none:
        break;
    }
    return "not counted: neither perf, as one who may count system calls, nor strace is here";
}

} // namespace edm::measure
