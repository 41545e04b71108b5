#pragma once

#include <edm/core/environment.hpp>
#include <edm/store/store.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

namespace edm::store_sqlite {

struct options
{
    std::filesystem::path directory;                 ///< where the files lie; it must exist
    std::size_t group_limit = 1000;                  ///< commits that share one sync at most
    int checkpoint_pages = 250;                      ///< WAL pages from which an idle writer checkpoints
    int forced_checkpoint_pages = 16'000;            ///< and from which a busy one does
    std::size_t recent_events = 4096;                ///< of each log, kept in memory
    std::size_t cached_bytes = 16 << 20;             ///< of documents and marks of each store, kept in memory; 0: none
    const edm::clock* clock = &edm::clock::system(); ///< says when an event was stored; it outlives the stores
    bool synchronous = true;                         ///< false only for tests that need no durability
    std::uint64_t least_free = 64 << 20;             ///< bytes; with fewer, the store says that it is short of room
    /// The bytes that are free for files of this directory; none: it cannot be told. Unset: the file system is asked.
    std::function<std::optional<std::uint64_t>(const std::filesystem::path&)> free_space{};
};

/// Opens one SQLite file per service. The directory must belong to this process alone (the caller holds its lock).
/// `open` throws std::runtime_error with one clear line where the file cannot be used.
std::unique_ptr<store_engine> make_engine(options o);

} // namespace edm::store_sqlite
