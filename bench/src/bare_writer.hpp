#pragma once

#include "bare_file.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace edm::bench {

/// The reference of B3: one thread that writes the rows of the same events into the same three files, with the engine's
/// schema, prepared statements, group sizes and checkpoint policy, and nothing else: it reads nothing, encodes nothing,
/// and knows every revision.
class bare_writer
{
  public:
    /// Rows are as large as those of a run of `ledger`, from whose files they are taken.
    bare_writer(const std::filesystem::path& data, const std::filesystem::path& rows_like);
    ~bare_writer();

    /// Writes `count` events over the keys in turn; returns the seconds that took.
    double write(const std::vector<std::string>& keys, std::size_t count, const std::vector<double>& group_sizes);

  private:
    std::vector<std::unique_ptr<bare_file>> files_;
    std::size_t next_ = 0;
};

} // namespace edm::bench
