#include "disk.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>

namespace edm::measure {

std::vector<double> sync_times(const std::filesystem::path& where, std::size_t count)
{
    std::filesystem::create_directories(where);
    auto path = where / "sync.probe";
    int fd = ::open(path.c_str(), O_CREAT | O_RDWR | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        throw std::runtime_error(path.string() + " cannot be written");
    static constexpr std::array<char, 4096> block{};
    std::vector<double> out;
    for (std::size_t i = 0; i != count; ++i) {
        bool written = ::write(fd, block.data(), block.size()) == static_cast<ssize_t>(block.size());
        auto began = std::chrono::steady_clock::now();
        if (!written || ::fdatasync(fd) != 0) {
            ::close(fd);
            throw std::runtime_error(path.string() + " cannot be synced");
        }
        out.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count());
    }
    ::close(fd);
    std::filesystem::remove(path);
    return out;
}

} // namespace edm::measure
