#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace edm::observability {

/// Each thread that counts has a shard of every counter to itself, so counting is a plain load and store in a cache
/// line that no other thread writes. Threads beyond the number of shards share one, with atomic additions.
namespace shards {

inline constexpr unsigned own = 16;
inline constexpr unsigned shared = own;
inline constexpr unsigned count = own + 1;
inline constexpr unsigned unclaimed = ~0u;

inline thread_local constinit unsigned mine = unclaimed;

/// Gives this thread a shard, until it ends; the next thread that takes it adds to what is there.
unsigned claim() noexcept;

inline unsigned current() noexcept
{
    auto shard = mine;
    return shard == unclaimed ? claim() : shard;
}

inline void add(std::atomic<std::uint64_t>& cell, std::uint64_t by, unsigned shard) noexcept
{
    if (shard != shared) [[likely]]
        cell.store(cell.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
    else
        cell.fetch_add(by, std::memory_order_relaxed);
}

} // namespace shards

/// A number that only grows. Any thread may add.
class counter
{
  public:
    counter() = default;
    counter(const counter&) = delete;

    void add(std::uint64_t by = 1) noexcept
    {
        auto shard = shards::current();
        shards::add(cells_[shard].value, by, shard);
    }
    std::uint64_t value() const noexcept;

  private:
    struct alignas(64) cell
    {
        std::atomic<std::uint64_t> value{0};
    };
    std::array<cell, shards::count> cells_;
};

/// A number that goes up and down. Any thread may change it; not meant for every request.
class gauge
{
  public:
    gauge() = default;
    gauge(const gauge&) = delete;

    void set(double value) noexcept { value_.store(value, std::memory_order_relaxed); }
    void add(double by = 1) noexcept { value_.fetch_add(by, std::memory_order_relaxed); }
    void subtract(double by = 1) noexcept { value_.fetch_sub(by, std::memory_order_relaxed); }
    double value() const noexcept { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<double> value_{0};
};

/// How often values fell under each of a fixed set of bounds, and their sum. Any thread may observe.
class histogram
{
  public:
    /// What was observed so far; each observation is in it whole, but for the sum, which may be a few ahead or behind.
    struct snapshot
    {
        std::vector<std::uint64_t> cumulative; ///< per bound, and +Inf last: the number of observations
        double sum = 0;
    };

    /// @param upper_bounds increasing and finite
    explicit histogram(std::vector<double> upper_bounds);
    histogram(const histogram&) = delete;

    /// NaN counts as +Inf and leaves the sum alone.
    void observe(double value) noexcept;
    snapshot read() const;
    const std::vector<double>& upper_bounds() const noexcept { return bounds_; }

  private:
    struct alignas(64) line
    {
        std::array<std::atomic<std::uint64_t>, 8> cells{};
    };

    std::atomic<std::uint64_t>& cell(unsigned shard, std::size_t index) noexcept
    {
        return lines_[shard * lines_per_shard_ + index / 8].cells[index % 8];
    }
    const std::atomic<std::uint64_t>& cell(unsigned shard, std::size_t index) const noexcept
    {
        return lines_[shard * lines_per_shard_ + index / 8].cells[index % 8];
    }

    std::vector<double> bounds_;
    std::size_t lines_per_shard_;
    std::vector<line> lines_; ///< per shard: a count per bound, the count of +Inf, the sum as the bits of a double
};

} // namespace edm::observability
