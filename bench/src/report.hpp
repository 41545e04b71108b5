#pragma once

#include <optional>
#include <string>
#include <vector>

namespace edm::bench {

/// Several rounds of one measure.
struct spread
{
    double median = 0, lowest = 0, highest = 0;
};
spread of(std::vector<double> rounds);
/// The value below which `part` (0 to 1) of the samples lie; 0 without samples.
double quantile(std::vector<double>& samples, double part);
/// Seconds of processor time that this process has used, in all threads.
double processor_seconds();

enum class verdict
{
    pass,
    miss,
    shown ///< a figure without a target
};

/// One line of the table: a figure beside the reference that was measured in the same run.
struct row
{
    std::string id; ///< B1, B3, …
    std::string measure;
    std::string value;
    std::string reference{};
    std::string ratio{};
    std::string target{};
    verdict came_to = verdict::shown;
    std::vector<std::pair<std::string, double>> figures{}; ///< for the JSON file
};

inline verdict passes(bool reached)
{
    return reached ? verdict::pass : verdict::miss;
}

/// Collects rows; prints each as it comes, and the table at the end.
class report
{
  public:
    void add(row r);
    /// What explains a figure: printed below the table, and kept in the JSON file.
    void note(std::string text);
    void print() const;
    void write_json(const std::string& path) const;

  private:
    std::vector<row> rows_;
    std::vector<std::string> notes_;
};

/// `56.3 k`, `812`, `1.25 M`.
std::string si(double value);
/// Median with its spread: `56.3 k (54.1–57.0 k)`.
std::string si(const spread& s);
std::string percent(double ratio);

} // namespace edm::bench
