#include "usage.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

namespace edm::measure {

namespace {

namespace fs = std::filesystem;
constexpr double mib = 1024.0 * 1024;

std::string read(const std::string& path)
{
    std::ifstream in{path};
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// The number behind a word at the start of a line.
double number_after(const std::string& text, const std::string& word)
{
    auto at = text.find("\n" + word);
    return at == text.npos ? 0 : std::strtod(text.c_str() + at + 1 + word.size(), nullptr);
}

std::vector<pid_t> all_processes()
{
    std::vector<pid_t> out;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
        auto name = entry.path().filename().string();
        pid_t pid = 0;
        auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (problem == std::errc{} && end == name.data() + name.size())
            out.push_back(pid);
    }
    return out;
}

/// The fields of /proc/PID/stat from the third on (the second, a name, may hold anything). Empty: it has ended.
std::vector<std::string> stat_of(pid_t pid)
{
    auto text = read(fmt::format("/proc/{}/stat", pid));
    auto behind = text.rfind(')');
    if (behind == text.npos)
        return {};
    std::istringstream in{text.substr(behind + 1)};
    return {std::istream_iterator<std::string>{in}, {}};
}

/// Inodes of sockets that listen on a port.
std::set<std::string> listening_inodes(std::uint16_t port)
{
    std::set<std::string> out;
    auto wanted = fmt::format(":{:04X}", port);
    for (const auto* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
        std::istringstream lines{read(table)};
        for (std::string line; std::getline(lines, line);) {
            std::istringstream in{line};
            std::vector<std::string> field{std::istream_iterator<std::string>{in}, {}};
            if (field.size() > 9 && field[1].ends_with(wanted) && field[3] == "0A")
                out.insert("socket:[" + field[9] + "]");
        }
    }
    return out;
}

} // namespace

pid_t listener_of(std::uint16_t port)
{
    const auto inodes = listening_inodes(port);
    if (inodes.empty())
        return 0;
    auto pids = all_processes();
    std::ranges::sort(pids); // a parent before the workers that inherited its socket
    for (auto pid : pids) {
        std::error_code problem;
        for (fs::directory_iterator at{fmt::format("/proc/{}/fd", pid), problem}, end; !problem && at != end;
             at.increment(problem)) {
            std::error_code ignored;
            if (inodes.contains(fs::read_symlink(at->path(), ignored).string()))
                return pid;
        }
    }
    return 0;
}

std::vector<pid_t> tree_of(pid_t root)
{
    std::multimap<pid_t, pid_t> children;
    for (auto pid : all_processes())
        if (auto fields = stat_of(pid); fields.size() > 1)
            children.emplace(static_cast<pid_t>(std::atoi(fields[1].c_str())), pid);
    std::vector<pid_t> out{root};
    for (std::size_t i = 0; i != out.size(); ++i) {
        auto [first, last] = children.equal_range(out[i]);
        for (auto at = first; at != last; ++at)
            out.push_back(at->second);
    }
    return out;
}

usage& usage::operator+=(const usage& other)
{
    cpu_seconds += other.cpu_seconds;
    resident += other.resident;
    proportional += other.proportional;
    written += other.written;
    return *this;
}

usage usage::operator-(const usage& other) const
{
    return {cpu_seconds - other.cpu_seconds, resident - other.resident, proportional - other.proportional,
            written - other.written};
}

usage usage_of(const std::vector<pid_t>& processes)
{
    static const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    usage all;
    for (auto pid : processes) {
        auto stat = stat_of(pid);
        if (stat.size() < 22)
            continue;
        usage one;
        for (std::size_t i = 11; i != 15; ++i) // utime, stime, cutime, cstime
            one.cpu_seconds += std::strtod(stat[i].c_str(), nullptr) / ticks;
        one.resident = number_after(read(fmt::format("/proc/{}/status", pid)), "VmRSS:") / 1024;
        auto shared = number_after(read(fmt::format("/proc/{}/smaps_rollup", pid)), "Pss:") / 1024;
        one.proportional = shared > 0 ? shared : one.resident;
        one.written = number_after(read(fmt::format("/proc/{}/io", pid)), "write_bytes:") / mib;
        all += one;
    }
    return all;
}

std::uint64_t loopback_bytes()
{
    std::istringstream lines{read("/proc/net/dev")};
    for (std::string line; std::getline(lines, line);)
        if (auto at = line.find("lo:"); at != line.npos && line.find_first_not_of(' ') == at)
            return std::strtoull(line.c_str() + at + 3, nullptr, 10);
    return 0;
}

std::string processor_name()
{
    auto text = read("/proc/cpuinfo");
    auto at = text.find("model name");
    if (at == text.npos)
        return "unknown";
    at = text.find(':', at) + 2;
    return text.substr(at, text.find('\n', at) - at);
}

} // namespace edm::measure
