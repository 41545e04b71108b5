#include "files.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <system_error>

namespace edm::config {

std::expected<std::optional<std::string>, std::string> read_small_file(const std::filesystem::path& path,
                                                                       std::size_t limit)
{
    std::error_code problem;
    auto status = std::filesystem::status(path, problem);
    if (status.type() == std::filesystem::file_type::not_found)
        return std::nullopt;
    if (problem)
        return std::unexpected{fmt::format("cannot be read ({})", problem.message())};
    if (std::filesystem::is_directory(status))
        return std::unexpected{std::string{"is a directory"}};
    errno = 0;
    std::ifstream in{path, std::ios::binary};
    if (!in)
        return std::unexpected{fmt::format("cannot be read ({})", std::generic_category().message(errno))};
    std::string text(limit + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad())
        return std::unexpected{std::string{"cannot be read"}};
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > limit)
        return std::unexpected{fmt::format("is larger than {} bytes", limit)};
    return text;
}

} // namespace edm::config
