#pragma once

#include "connection.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace edm::bench {

/// A file with the engine's schema, written by one thread with prepared statements, the engine's durability and its
/// forced checkpoint limit: a document per key, and beside it an event of the publisher or a mark of a subscriber.
class bare_file
{
  public:
    /// Rows are as large as those in the file `like`.
    bare_file(const std::filesystem::path& path, const std::filesystem::path& like, bool publishes);

    /// One group, durable when this returns: events `first` to before `last`, over the keys in turn.
    void write(const std::vector<std::string>& keys, std::size_t first, std::size_t last);
    std::size_t done() const { return done_; }
    /// An event as the publisher's file `like` holds it.
    const std::string& event() const { return bytes_; }

  private:
    store_sqlite::connection c_;
    bool publishes_;
    std::string value_, envelope_, bytes_;
    int wal_pages_ = 0;
    std::size_t done_ = 0;
    store_sqlite::statement begin_, commit_, insert_, update_, event_, mark_, note_;
};

} // namespace edm::bench
