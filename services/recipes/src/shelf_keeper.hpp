#pragma once

#include "shelf.hpp"

#include <edm/core/environment.hpp>
#include <edm/core/executor.hpp>
#include <edm/service/database.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace edm::recipes {

/// Holds the present shelf. Whoever asks gets one that was read after every change that this process had heard of by
/// then: each commit to the database, on any process, makes what was read so far stale, and the next one who asks reads
/// the database, while others who ask wait for that reading. A message of a commit elsewhere can be lost with the
/// broker; so a shelf that is a minute old is read again too (by one who asks, the others still get it). Thread-safe.
class shelf_keeper
{
  public:
    shelf_keeper(const database<recipe>& from, const edm::environment& environment)
        : from_(from), environment_(environment)
    {
    }

    /// Begins to hear of commits. Called once, when the database is open.
    void begin();
    /// Whatever was read so far does not count any more.
    void stale() { heard_.fetch_add(1); }
    task<result<std::shared_ptr<const shelf>>> now();

  private:
    enum class turn
    {
        have,
        read,
        wait
    };
    turn take_turn(std::uint64_t wanted, std::shared_ptr<const shelf>& have);
    void wait(resumption<bool> done);
    task<result<std::shared_ptr<const shelf>>> read();
    void finish(std::uint64_t heard, std::shared_ptr<const shelf> fresh);

    const database<recipe>& from_;
    const edm::environment& environment_;
    std::shared_ptr<void> watching_;
    std::atomic<std::uint64_t> heard_ = 1; ///< changes

    std::mutex mutex_;
    std::shared_ptr<const shelf> shelf_;
    std::uint64_t included_ = 0; ///< `heard_` before `shelf_` was read
    time_point read_at_;
    bool reading_ = false;
    std::vector<resumption<bool>> waiting_;
};

} // namespace edm::recipes
