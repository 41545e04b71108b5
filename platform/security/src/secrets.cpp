#include <edm/security/secrets.hpp>

#include <edm/core/text.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace edm::security {

namespace {

constexpr std::size_t longest_secret = 64 * 1024;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why)
{
    throw std::runtime_error(file.string() + ": " + why);
}

/// An open file; closed when it goes.
class descriptor
{
  public:
    explicit descriptor(int fd) : fd_(fd) {}
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor()
    {
        if (fd_ >= 0)
            ::close(fd_);
    }
    explicit operator bool() const { return fd_ >= 0; }
    int operator*() const { return fd_; }

  private:
    int fd_;
};

bool write_all(int fd, std::string_view text)
{
    while (!text.empty()) {
        auto n = ::write(fd, text.data(), text.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

/// A file of its own, that nobody else can have prepared, takes the name when its bytes are on disk.
void write_durably(const std::filesystem::path& file, std::string_view text)
{
    auto fresh = file.string() + ".XXXXXX";
    descriptor to{::mkostemp(fresh.data(), O_CLOEXEC)}; // O_EXCL, mode 0600
    if (!to)
        refuse(file, std::strerror(errno));
    if (!write_all(*to, text) || ::fsync(*to) != 0 || ::rename(fresh.c_str(), file.c_str()) != 0) {
        auto why = errno;
        ::unlink(fresh.c_str());
        refuse(file, std::strerror(why));
    }
    auto folder = file.parent_path();
    descriptor directory{::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!directory || ::fsync(*directory) != 0)
        refuse(file, std::strerror(errno));
}

std::string read_whole(int fd, const std::filesystem::path& file)
{
    std::string out(longest_secret + 1, '\0');
    std::size_t size = 0;
    while (size != out.size()) {
        auto n = ::read(fd, out.data() + size, out.size() - size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            refuse(file, std::strerror(errno));
        if (n == 0)
            break;
        size += static_cast<std::size_t>(n);
    }
    if (size > longest_secret)
        refuse(file, "is too large for a secret");
    out.resize(size);
    return out;
}

} // namespace

std::string load_or_create_secret_file(const std::filesystem::path& file, const std::function<std::string()>& generate)
{
    descriptor from{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (!from) {
        if (errno != ENOENT)
            refuse(file, std::strerror(errno));
        auto secret = generate();
        write_durably(file, secret);
        return secret;
    }
    struct stat about{};
    if (::fstat(*from, &about) != 0 || !S_ISREG(about.st_mode))
        refuse(file, "is no file");
    if ((about.st_mode & 077) != 0)
        refuse(file, "other users may read this secret; run chmod 600 on it");
    auto secret = read_whole(*from, file);
    drop_last_newline(secret);
    if (secret.empty())
        refuse(file, "is empty; remove it, and a fresh secret is made");
    return secret;
}

} // namespace edm::security
