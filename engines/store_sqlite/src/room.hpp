#pragma once

#include <edm/store_sqlite/store_sqlite.hpp>

#include <sys/statvfs.h>

namespace edm::store_sqlite {

/// How much room is left where the files lie. Asks anew each time: `statvfs` of a local disk is a call of microseconds.
class room
{
  public:
    room(std::filesystem::path directory, const options& o)
        : directory_(std::move(directory)), least_(o.least_free), free_(o.free_space)
    {
    }
    bool is_short() const
    {
        auto free = free_ ? free_(directory_) : of_file_system();
        return free && *free < least_;
    }

  private:
    std::optional<std::uint64_t> of_file_system() const
    {
        struct statvfs now{};
        if (::statvfs(directory_.c_str(), &now) != 0)
            return {};
        return std::uint64_t{now.f_bavail} * now.f_frsize;
    }

    std::filesystem::path directory_;
    std::uint64_t least_;
    std::function<std::optional<std::uint64_t>(const std::filesystem::path&)> free_;
};

} // namespace edm::store_sqlite
