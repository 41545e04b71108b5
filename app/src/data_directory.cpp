#include "data_directory.hpp"

#include "program.hpp"

#include <edm/security/secrets.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace edm::app {

data_directory::data_directory(std::filesystem::path where) : path_(std::move(where))
{
    std::error_code problem;
    std::filesystem::create_directories(path_, problem);
    auto lock_file = lock_of(path_);
    if (!problem)
        lock_ = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock_ < 0)
        throw usage_error(fmt::format("EDM_DATA_DIR: {} cannot be written ({}); choose a directory that this user owns",
                                      path_.string(), problem ? problem.message() : std::strerror(errno)));
    if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
        ::close(lock_);
        throw usage_error(fmt::format(
            "EDM_DATA_DIR: {} is in use by another process; stop it, or choose another directory", path_.string()));
    }
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all, problem);
}

data_directory::~data_directory()
{
    ::close(lock_);
}

std::string data_directory::secret(std::string_view name, config::secret_kind kind, const random_source& random)
{
    auto file = secret_file(path_, name);
    std::filesystem::create_directories(file.parent_path());
    return security::load_or_create_secret_file(file, [&] { return config::generate_secret(kind, random); });
}

bool data_directory::tell_once()
{
    auto told = path_ / "edm.told";
    int fd = ::open(told.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        ::close(fd);
    return fd >= 0;
}

} // namespace edm::app
