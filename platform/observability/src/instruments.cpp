#include <edm/observability/instruments.hpp>

#include <bit>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace edm::observability {

namespace shards {

namespace {

std::atomic<std::uint32_t> taken{0};
static_assert(own < 32);

/// Gives a thread's shard back when it ends. Counting later in the thread's end goes to the shared shard.
struct lease
{
    unsigned shard = shared;
    ~lease()
    {
        mine = shared;
        if (shard != shared)
            taken.fetch_and(~(1u << shard), std::memory_order_release);
    }
};

thread_local lease held;

} // namespace

unsigned claim() noexcept
{
    auto seen = taken.load(std::memory_order_relaxed);
    for (;;) {
        auto free = static_cast<unsigned>(std::countr_one(seen));
        if (free >= own)
            return mine = shared;
        // Acquire: this thread sees what the shard's previous owner counted.
        if (taken.compare_exchange_weak(seen, seen | 1u << free, std::memory_order_acquire,
                                        std::memory_order_relaxed)) {
            held.shard = free;
            return mine = free;
        }
    }
}

} // namespace shards

std::uint64_t counter::value() const noexcept
{
    return std::accumulate(cells_.begin(), cells_.end(), std::uint64_t{0},
                           [](auto sum, const auto& one) { return sum + one.value.load(std::memory_order_relaxed); });
}

histogram::histogram(std::vector<double> upper_bounds)
    : bounds_(std::move(upper_bounds)), lines_per_shard_((bounds_.size() + 2 + 7) / 8),
      lines_(shards::count * lines_per_shard_)
{
    for (std::size_t i = 0; i != bounds_.size(); ++i) {
        if (!std::isfinite(bounds_[i]) || (i != 0 && bounds_[i] <= bounds_[i - 1]))
            throw std::logic_error{"the bounds of a histogram must be finite and increase"};
    }
}

void histogram::observe(double value) noexcept
{
    std::size_t bucket = 0;
    while (bucket != bounds_.size() && !(value <= bounds_[bucket]))
        ++bucket;
    auto shard = shards::current();
    shards::add(cell(shard, bucket), 1, shard);
    if (std::isnan(value))
        return;
    auto& sum = cell(shard, bounds_.size() + 1);
    auto before = sum.load(std::memory_order_relaxed);
    auto after = [&] { return std::bit_cast<std::uint64_t>(std::bit_cast<double>(before) + value); };
    if (shard != shards::shared) [[likely]] {
        sum.store(after(), std::memory_order_relaxed);
        return;
    }
    while (!sum.compare_exchange_weak(before, after(), std::memory_order_relaxed)) {
    }
}

histogram::snapshot histogram::read() const
{
    snapshot out;
    out.cumulative.assign(bounds_.size() + 1, 0);
    for (unsigned shard = 0; shard != shards::count; ++shard) {
        for (std::size_t i = 0; i != out.cumulative.size(); ++i)
            out.cumulative[i] += cell(shard, i).load(std::memory_order_relaxed);
        out.sum += std::bit_cast<double>(cell(shard, bounds_.size() + 1).load(std::memory_order_relaxed));
    }
    std::partial_sum(out.cumulative.begin(), out.cumulative.end(), out.cumulative.begin());
    return out;
}

} // namespace edm::observability
