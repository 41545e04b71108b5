#include "data_directory.hpp"
#include "findings.hpp"
#include "program.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace edm::app {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t mebibyte = 1024 * 1024;
constexpr std::uint64_t little_space = 1024 * mebibyte;
constexpr std::uint64_t no_space = 64 * mebibyte;
constexpr mode_t others = S_IRWXG | S_IRWXO;

/// The nearest directory above a path that is there.
fs::path existing_parent(fs::path path)
{
    std::error_code ignored;
    path = fs::absolute(path, ignored).lexically_normal();
    while (path.has_relative_path() && !fs::exists(path, ignored))
        path = path.parent_path();
    return path;
}

void check_space(findings& to, const fs::path& at)
{
    struct statvfs of{};
    if (::statvfs(at.c_str(), &of) != 0) {
        to.warn("free space", fmt::format("unknown: {}", std::strerror(errno)));
        return;
    }
    auto free = static_cast<std::uint64_t>(of.f_bavail) * of.f_frsize;
    auto sentence = fmt::format("{} MiB at {}", free / mebibyte, at.string());
    if (free < no_space)
        to.fail("free space", sentence + "; nothing can be stored soon: make room");
    else if (free < little_space)
        to.warn("free space", sentence + "; make room");
    else
        to.ok("free space", sentence);
}

/// Whether the directory can be worked in; its space is worth a look then.
void check_directory(findings& to, const fs::path& data)
{
    constexpr std::string_view subject = "data directory";
    struct stat of{};
    if (::lstat(data.c_str(), &of) != 0) {
        auto parent = existing_parent(data);
        if (::access(parent.c_str(), W_OK | X_OK) == 0 && fs::is_directory(parent))
            to.ok(subject, fmt::format("{} will be made at the first start", data.string()));
        else
            to.fail(subject, fmt::format("{} cannot be made: {} is not writable; set EDM_DATA_DIR to a directory that "
                                         "this user owns",
                                         data.string(), parent.string()));
        check_space(to, parent);
        return;
    }
    std::error_code ignored;
    if (!fs::is_directory(data, ignored)) {
        to.fail(subject, fmt::format("{} is no directory; set EDM_DATA_DIR", data.string()));
        return;
    }
    ::stat(data.c_str(), &of);
    if (::access(data.c_str(), R_OK | W_OK | X_OK) != 0)
        to.fail(subject, fmt::format("{} is not writable ({}); give it to this user, or set EDM_DATA_DIR",
                                     data.string(), std::strerror(errno)));
    else if ((of.st_mode & others) != 0)
        to.warn(subject, fmt::format("{0} is open to other users (mode {1:o}); run chmod 700 {0}", data.string(),
                                     of.st_mode & 07777));
    else
        to.ok(subject, fmt::format("{} is writable", data.string()));
    check_space(to, data);
}

/// Files that hold secrets: the generated ones, those that settings name, and `.env`.
std::vector<fs::path> secret_files(const program& declared, const fs::path& data)
{
    std::vector<fs::path> out;
    std::error_code problem;
    for (const auto& one : fs::directory_iterator{data / "secrets", problem})
        out.push_back(one.path());
    constexpr std::string_view from_file = "file ";
    for (const auto& one : declared.settings.effective_values()) {
        if (one.origin.starts_with(from_file))
            out.emplace_back(one.origin.substr(from_file.size()));
        if (one.secret && one.origin.starts_with(".env:") && (out.empty() || out.back() != ".env"))
            out.emplace_back(".env");
    }
    std::ranges::sort(out);
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

void check_secrets(findings& to, const program& declared, const fs::path& data)
{
    constexpr std::string_view subject = "secrets";
    bool any = false;
    auto files = secret_files(declared, data);
    for (const auto& file : files) {
        struct stat of{};
        if (::stat(file.c_str(), &of) != 0 || (of.st_mode & others) == 0)
            continue;
        any = true;
        to.fail(subject, fmt::format("{0} can be read by other users (mode {1:o}); run chmod 600 {0}", file.string(),
                                     of.st_mode & 07777));
    }
    if (!any)
        to.ok(subject, files.empty() ? "in no file yet" : fmt::format("{} files of this user alone", files.size()));
}

} // namespace

void check_files(findings& to, const program& declared)
{
    fs::path data = *declared.platform.data_dir;
    check_directory(to, data);
    check_secrets(to, declared, data);
}

} // namespace edm::app
