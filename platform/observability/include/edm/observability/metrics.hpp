#pragma once

#include <edm/observability/instruments.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edm::observability {

/// Label names and values of one series. Values come from declarations (route templates, topics), never from users:
/// each combination lives as long as the process.
using labels = std::vector<std::pair<std::string, std::string>>;

/// Keeps a callback registered; without it the series is gone, and the callback does not run any more.
class [[nodiscard]] registration
{
  public:
    registration() = default;
    explicit registration(std::function<void()> remove) : remove_(std::move(remove)) {}
    registration(registration&& other) noexcept : remove_(std::exchange(other.remove_, nullptr)) {}
    registration& operator=(registration&& other) noexcept
    {
        if (this != &other) {
            reset();
            remove_ = std::exchange(other.remove_, nullptr);
        }
        return *this;
    }
    ~registration() { reset(); }
    void reset() noexcept
    {
        if (auto remove = std::exchange(remove_, nullptr))
            remove();
    }

  private:
    std::function<void()> remove_;
};

/// Upper bounds in seconds for the times of requests and commits: 100 µs to 10 s.
std::vector<double> latency_buckets();

/// All metrics of the process. Names get the prefix `edm_` unless they have it or begin with `process_`. Asking again
/// for the same name and labels gives the same instrument; keep the reference, since looking it up takes a lock.
/// References are good as long as this object. Any thread may call anything here.
///
/// Throws std::logic_error on a mistake in a declaration: a bad name, a counter that does not end in `_total`, another
/// help, kind, label names or buckets than before, a callback for labels that are taken.
class metrics
{
  public:
    metrics();
    ~metrics();
    metrics(const metrics&) = delete;
    metrics& operator=(const metrics&) = delete;

    observability::counter& counter(std::string_view name, std::string_view help, const labels& of = {});
    observability::gauge& gauge(std::string_view name, std::string_view help, const labels& of = {});
    /// @param upper_bounds increasing; +Inf is added
    observability::histogram& histogram(std::string_view name, std::string_view help, const labels& of = {},
                                        const std::vector<double>& upper_bounds = latency_buckets());

    /// A gauge, or a counter, whose value is asked for when metrics are read. `value` may run in any thread, must be
    /// quick and must not call this object; while the registration is being dropped it does not run. NaN, or an
    /// exception: no sample this time.
    registration gauge_from(std::string_view name, std::string_view help, const labels& of,
                            std::function<double()> value);
    registration counter_from(std::string_view name, std::string_view help, const labels& of,
                              std::function<double()> value);

    /// Everything in Prometheus' text format 0.0.4, sorted by name.
    std::string text() const;
    static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

  private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace edm::observability
