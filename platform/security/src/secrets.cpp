#include <edm/security/secrets.hpp>

#include <edm/core/text.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>

namespace edm::security {

namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why)
{
    throw std::runtime_error(file.string() + ": " + why);
}

void write_durably(const std::filesystem::path& file, std::string_view text)
{
    auto fresh = file;
    fresh += ".new";
    int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        refuse(file, std::strerror(errno));
    bool good = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
    good = ::close(fd) == 0 && good && ::rename(fresh.c_str(), file.c_str()) == 0;
    if (!good)
        refuse(file, std::strerror(errno));
    int folder = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        ::fsync(folder);
        ::close(folder);
    }
}

} // namespace

std::string load_or_create_secret_file(const std::filesystem::path& file, const std::function<std::string()>& generate)
{
    struct stat about{};
    if (::stat(file.c_str(), &about) != 0) {
        auto secret = generate();
        write_durably(file, secret);
        return secret;
    }
    if ((about.st_mode & 077) != 0)
        refuse(file, "other users may read this secret; run chmod 600 on it");
    std::ifstream in(file, std::ios::binary);
    std::string secret{std::istreambuf_iterator<char>(in), {}};
    if (!in.good() && !in.eof())
        refuse(file, "cannot be read");
    if (secret.empty())
        refuse(file, "is empty; remove it, and a fresh secret is made");
    return secret;
}

std::optional<std::string> weak_secret(std::string_view secret)
{
    if (secret.size() < 16)
        return "it is shorter than 16 characters";
    if (std::set<char>(secret.begin(), secret.end()).size() < 6)
        return "it repeats a few characters";
    auto lower = ascii_lower(secret);
    for (std::string_view known : {"changeme", "change-me", "password", "secret", "example", "12345678"})
        if (lower.find(known) != std::string::npos)
            return "it holds a well-known word";
    return {};
}

} // namespace edm::security
