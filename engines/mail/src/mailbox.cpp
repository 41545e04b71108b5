#include <edm/mail/mailbox.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace edm::mail_engine {

namespace {

constexpr std::size_t largest_mail = 1 << 20;

class descriptor
{
  public:
    explicit descriptor(int fd) : fd_(fd) {}
    ~descriptor()
    {
        if (fd_ >= 0)
            ::close(fd_);
    }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    int get() const { return fd_; }
    bool close() { return ::close(std::exchange(fd_, -1)) == 0; }

  private:
    int fd_;
};

std::string reason(std::string_view what)
{
    return fmt::format("the mailbox cannot {} a file: {}", what, std::generic_category().message(errno));
}

bool is_name(std::string_view name)
{
    return name.size() > 4 && name.size() <= 100 && name.ends_with(".eml") &&
           std::all_of(name.begin(), name.end() - 4, [](unsigned char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == 'T' || c == 'Z' || c == '-';
           });
}

// `2026-11-24T14:31:12.345Z` as `20261124T143112345Z`: sorts by time, and needs no quoting anywhere.
std::string stamp(time_point when)
{
    auto text = to_rfc3339(when);
    std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == '.'; });
    return text;
}

std::expected<void, std::string> write_all(int fd, std::string_view bytes)
{
    while (!bytes.empty()) {
        const auto n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return std::unexpected(reason("write"));
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
}

} // namespace

mailbox::mailbox(std::filesystem::path folder, address from, environment at)
    : folder_(std::move(folder)), from_(std::move(from)), at_(at)
{
    std::filesystem::create_directories(folder_.parent_path());
    if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST)
        throw std::system_error(errno, std::generic_category(), "the mailbox's folder cannot be created");
}

task<std::expected<void, std::string>> mailbox::send(edm::mail message)
{
    const auto now = at_.now();
    auto source = render(message, from_, now);
    if (!source)
        co_return std::unexpected(std::move(source.error()));
    const auto name = fmt::format("{}-{}.eml", stamp(now), at_.random->hex(6));
    const auto target = folder_ / name;
    const auto unfinished = folder_ / ("." + name);

    descriptor file{::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (file.get() < 0)
        co_return std::unexpected(reason("create"));
    auto written = write_all(file.get(), *source);
    if (written && !file.close())
        written = std::unexpected(reason("close"));
    if (written && ::rename(unfinished.c_str(), target.c_str()) != 0)
        written = std::unexpected(reason("rename"));
    if (!written)
        ::unlink(unfinished.c_str());
    co_return written;
}

std::vector<mailbox::entry> mailbox::list(std::size_t at_most) const
{
    std::vector<entry> found;
    std::error_code ignored;
    for (const auto& file : std::filesystem::directory_iterator(folder_, ignored)) {
        auto name = file.path().filename().string();
        if (is_name(name))
            found.push_back({std::move(name), file.file_size(ignored)});
    }
    std::sort(found.begin(), found.end(), [](const entry& a, const entry& b) { return a.name > b.name; });
    if (found.size() > at_most)
        found.resize(at_most);
    return found;
}

std::optional<std::string> mailbox::read(std::string_view name) const
{
    if (!is_name(name))
        return {};
    descriptor file{::open((folder_ / name).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
    if (file.get() < 0)
        return {};
    std::string out;
    char piece[16384];
    while (out.size() < largest_mail) {
        const auto n = ::read(file.get(), piece, sizeof piece);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return {};
        if (n == 0)
            break;
        out.append(piece, static_cast<std::size_t>(n));
    }
    return out;
}

} // namespace edm::mail_engine
