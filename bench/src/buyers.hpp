#pragma once

#include "shop.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace edm::bench {

/// Users that buy: each follows its notifications by a stream of its own; purchases travel on a pool of keep-alive
/// connections. One thread with epoll.
class buyers
{
  public:
    /// Opens the streams of `users` new users.
    buyers(const shop& at, std::size_t users);
    ~buyers();

    struct result
    {
        std::size_t purchases = 0;
        std::size_t refused = 0; ///< answers other than 201
        double per_second = 0;
        std::vector<double> milliseconds; ///< from the request to the `purchased` event, each
    };
    /// Closed loop: so many purchases under way at any time, for `length`.
    result saturate(std::size_t under_way, std::chrono::milliseconds length);
    /// Open loop: so many purchases a second, begun on time whatever the answers do; a late begin counts as latency.
    result at_rate(double per_second, std::chrono::milliseconds length);
    /// `count` purchases, one after the other.
    result one_by_one(std::size_t count);
    /// How many purchases are left: a user buys each recipe once.
    std::size_t left() const;

  private:
    class crowd;
    std::unique_ptr<crowd> crowd_;
};

} // namespace edm::bench
