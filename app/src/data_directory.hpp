#pragma once

#include <edm/config/secret_kind.hpp>
#include <edm/core/environment.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace edm::app {

/// The directory that belongs to one process: databases, generated secrets, the mailbox, the control socket.
class data_directory
{
  public:
    /// Makes the directory where it is missing, and takes its lock. Throws usage_error with one clear line where it
    /// cannot be written, or another process has it.
    explicit data_directory(std::filesystem::path where);
    ~data_directory();
    data_directory(const data_directory&) = delete;
    data_directory& operator=(const data_directory&) = delete;

    const std::filesystem::path& path() const { return path_; }
    /// A generated secret of an earlier start, or a fresh one that is kept (`secrets/<NAME>`, mode 0600).
    std::string secret(std::string_view name, config::secret_kind kind, const random_source& random);
    /// Whether nobody was told yet of what was generated here; the next call says no, at later starts too.
    bool tell_once();

    static std::filesystem::path socket_of(const std::filesystem::path& directory) { return directory / "edm.sock"; }
    static std::filesystem::path lock_of(const std::filesystem::path& directory) { return directory / "edm.lock"; }
    static std::filesystem::path secret_file(const std::filesystem::path& directory, std::string_view name)
    {
        return directory / "secrets" / std::string{name};
    }

  private:
    std::filesystem::path path_;
    int lock_ = -1;
};

} // namespace edm::app
