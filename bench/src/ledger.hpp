#pragma once

#include "stage.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace edm::bench {

/// Three services for B3 and B8, each with its own file: one that publishes a topic, and two that keep a document per
/// key of it.
class ledger
{
  public:
    explicit ledger(const std::filesystem::path& data);
    ~ledger();

    /// Publishes `count` events over the keys in turn, many in flight, and waits until both subscriptions have applied
    /// all. Returns the seconds that took. Throws where a commit fails.
    double publish(const std::vector<std::string>& keys, std::size_t count);

    /// Commits a sync, on average since the last call, of the publisher and the two subscribers.
    std::vector<double> group_sizes();
    static const std::vector<std::string>& files();

  private:
    class publisher;
    publisher* from_;
    std::unique_ptr<stage> on_;
    std::vector<store::counts> before_;
    std::size_t next_ = 0;
};

/// `count` ids, in time order as the platform mints them where `ordered`, else random.
std::vector<std::string> make_keys(std::size_t count, bool ordered);

} // namespace edm::bench
