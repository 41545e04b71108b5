#pragma once

#include <edm/core/executor.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace edm::web {

/// The I/O contexts of the process: one event loop and one thread each, usually one per core. What lives on a context
/// needs no lock. Everything that uses them (servers, clients, timers) must have ended before they are destroyed.
class contexts
{
  public:
    /// `count` 0 means one per core.
    explicit contexts(std::size_t count = 0);
    /// Stops and joins.
    ~contexts();
    contexts(const contexts&) = delete;
    contexts& operator=(const contexts&) = delete;

    std::size_t size() const noexcept;
    executor& at(std::size_t index) noexcept;
    /// The context that owns what has this hash: always the same one.
    executor& for_hash(std::uint64_t hash) noexcept { return at(hash % size()); }
    /// The context whose work this thread runs; `at(0)` on any other thread.
    executor& here() noexcept;

    /// Starts the threads. Work may be posted before.
    void start();
    /// Lets each context run what was posted to it before, then end. Timers and I/O that still wait are dropped: their
    /// owners end them first.
    void stop();
    /// Waits until the threads have ended. Not to be called on one of them.
    void join();

  private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace edm::web
