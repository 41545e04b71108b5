#include <edm/observability/metrics.hpp>

#include <edm/core/text.hpp>

#include <fmt/format.h>
#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <variant>

namespace edm::observability {

namespace {

using prometheus::MetricType;

bool valid_name(std::string_view name)
{
    auto inner = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    return !name.empty() && !(name.front() >= '0' && name.front() <= '9') && std::ranges::all_of(name, inner);
}

std::string full_name(std::string_view name)
{
    if (name.starts_with("edm_") || name.starts_with("process_"))
        return std::string{name};
    return fmt::format("edm_{}", name);
}

[[noreturn]] void refuse(std::string_view name, std::string_view why)
{
    throw std::logic_error{fmt::format("the metric `{}` {}", name, why)};
}

void check_declaration(std::string_view name, std::string_view help, MetricType type)
{
    if (!valid_name(name))
        refuse(name, "has a name that Prometheus does not take");
    if (help.empty() || help.find_first_of("\n\\") != help.npos || !valid_utf8(help))
        refuse(name, "needs a help of one plain line");
    if ((type == MetricType::Counter) != name.ends_with("_total"))
        refuse(name, "must end in _total if it is a counter, and only then");
}

void check_labels(std::string_view name, const labels& sorted)
{
    for (const auto& [key, value] : sorted) {
        if (!valid_name(key) || key.starts_with("__") || key == "le" || key == "quantile")
            refuse(name, fmt::format("has a label `{}` that Prometheus does not take", key));
        if (!valid_utf8(value))
            refuse(name, fmt::format("has a value of label `{}` that is not UTF-8", key));
    }
    auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
    if (std::ranges::adjacent_find(sorted, same) != sorted.end())
        refuse(name, "has a label twice");
}

using callback = std::function<double()>;
using instrument = std::variant<std::unique_ptr<counter>, std::unique_ptr<gauge>, std::unique_ptr<histogram>, callback>;

struct family
{
    std::string help;
    MetricType type;
    std::vector<std::string> label_names;
    std::map<labels, instrument> series;
};

std::optional<double> ask(const callback& value)
{
    try {
        auto answer = value();
        return std::isnan(answer) ? std::nullopt : std::optional{answer};
    } catch (const std::exception&) {
        return {};
    }
}

prometheus::ClientMetric::Histogram sample_of(const histogram& one)
{
    auto read = one.read();
    prometheus::ClientMetric::Histogram out;
    for (std::size_t i = 0; i != read.cumulative.size(); ++i)
        out.bucket.push_back({read.cumulative[i], i < one.upper_bounds().size()
                                                      ? one.upper_bounds()[i]
                                                      : std::numeric_limits<double>::infinity()});
    out.sample_count = read.cumulative.back();
    out.sample_sum = read.sum;
    return out;
}

std::optional<prometheus::ClientMetric> sample_of(const labels& of, const instrument& from, MetricType type)
{
    prometheus::ClientMetric out;
    for (const auto& [name, value] : of)
        out.label.push_back({name, value});
    if (auto* one = std::get_if<std::unique_ptr<counter>>(&from)) {
        out.counter.value = static_cast<double>((*one)->value());
    } else if (auto* one = std::get_if<std::unique_ptr<gauge>>(&from)) {
        out.gauge.value = (*one)->value();
    } else if (auto* one = std::get_if<std::unique_ptr<histogram>>(&from)) {
        out.histogram = sample_of(**one);
    } else {
        auto value = ask(std::get<callback>(from));
        if (!value)
            return {};
        (type == MetricType::Counter ? out.counter.value : out.gauge.value) = *value;
    }
    return out;
}

} // namespace

/// Outlives `metrics` where registrations do.
struct metrics::state final : prometheus::Collectable
{
    mutable std::mutex mutex;
    std::map<std::string, family, std::less<>> families;

    /// The place of a series, made where it is new; `taken` says whether it was there. The caller holds the mutex.
    std::pair<instrument*, bool> place(std::string_view given, std::string_view help, MetricType type, labels& of)
    {
        auto name = full_name(given);
        check_declaration(name, help, type);
        std::ranges::sort(of);
        check_labels(name, of);
        std::vector<std::string> label_names;
        for (const auto& one : of)
            label_names.push_back(one.first);
        auto found = families.try_emplace(name, std::string{help}, type, label_names).first;
        auto& in = found->second;
        if (in.type != type || in.help != help || in.label_names != label_names)
            refuse(name, "was declared with another kind, help or other labels");
        auto [series, fresh] = in.series.try_emplace(of);
        return {&series->second, !fresh};
    }

    template <class T, class... Arguments>
    T& get(std::string_view name, std::string_view help, MetricType type, labels of, Arguments&&... arguments)
    {
        auto fresh =
            std::make_unique<T>(std::forward<Arguments>(arguments)...); // may throw: before there is a place for it
        std::lock_guard lock{mutex};
        auto [at, taken] = place(name, help, type, of);
        if (!taken)
            *at = std::move(fresh);
        auto* one = std::get_if<std::unique_ptr<T>>(at);
        if (!one)
            refuse(name, "is a callback for these labels");
        return **one;
    }

    std::vector<prometheus::MetricFamily> Collect() const override
    {
        std::lock_guard lock{mutex};
        std::vector<prometheus::MetricFamily> out;
        for (const auto& [name, from] : families) {
            prometheus::MetricFamily to{name, from.help, from.type, {}};
            for (const auto& [of, one] : from.series) {
                if (auto sample = sample_of(of, one, from.type))
                    to.metric.push_back(std::move(*sample));
            }
            if (!to.metric.empty())
                out.push_back(std::move(to));
        }
        return out;
    }

    static registration add_callback(const std::shared_ptr<state>& self, std::string_view name, std::string_view help,
                                     MetricType type, labels of, callback value)
    {
        std::lock_guard lock{self->mutex};
        auto [at, taken] = self->place(name, help, type, of);
        if (taken)
            refuse(name, "has a series with these labels already");
        *at = std::move(value);
        return registration{[self, name = full_name(name), of = std::move(of)] {
            std::lock_guard lock{self->mutex};
            self->families.find(name)->second.series.erase(of);
        }};
    }
};

std::vector<double> latency_buckets()
{
    return {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5, 10};
}

metrics::metrics() : state_(std::make_shared<state>()) {}
metrics::~metrics() = default;

observability::counter& metrics::counter(std::string_view name, std::string_view help, const labels& of)
{
    return state_->get<observability::counter>(name, help, MetricType::Counter, of);
}

observability::gauge& metrics::gauge(std::string_view name, std::string_view help, const labels& of)
{
    return state_->get<observability::gauge>(name, help, MetricType::Gauge, of);
}

observability::histogram& metrics::histogram(std::string_view name, std::string_view help, const labels& of,
                                             const std::vector<double>& upper_bounds)
{
    auto& one = state_->get<observability::histogram>(name, help, MetricType::Histogram, of, upper_bounds);
    if (one.upper_bounds() != upper_bounds)
        refuse(name, "was declared with other buckets");
    return one;
}

registration metrics::gauge_from(std::string_view name, std::string_view help, const labels& of,
                                 std::function<double()> value)
{
    return state::add_callback(state_, name, help, MetricType::Gauge, of, std::move(value));
}

registration metrics::counter_from(std::string_view name, std::string_view help, const labels& of,
                                   std::function<double()> value)
{
    return state::add_callback(state_, name, help, MetricType::Counter, of, std::move(value));
}

std::string metrics::text() const
{
    return prometheus::TextSerializer{}.Serialize(state_->Collect());
}

} // namespace edm::observability
