#pragma once

#include "connection.hpp"

#include <atomic>

namespace edm::web {

/// The stream of one connection. It ends when the peer closes, when the server stops, or when a write fails.
class connection_stream final : public stream_writer
{
  public:
    connection_stream(std::shared_ptr<connection> of, bool chunked);
    ~connection_stream() override;

    task<bool> write(std::string chunk) override;
    bool open() const noexcept override { return open_.load(std::memory_order_relaxed); }
    task<wakeup> wait(milliseconds timeout) override;
    std::shared_ptr<stream_waker> waker() override;

    /// Nothing more can be written; a wait ends. On the context's thread, as all of what follows.
    void end();
    /// The same, where the end of the body cannot be sent either: the peer must see that something is missing.
    void break_off();
    /// The connection's deadline passed; false where it was not a wait's.
    bool timed_out();
    /// Sends the end of the body where it can still be sent.
    task<> finish();

  private:
    class bell;
    struct parked;

    static void watch(const std::shared_ptr<connection>& of, const std::shared_ptr<bell>& bell);
    void resume(wakeup why);

    std::shared_ptr<connection> of_;
    std::shared_ptr<bell> bell_;
    std::coroutine_handle<> waiting_;
    wakeup why_ = wakeup::closed;
    bool chunked_;
    bool broken_ = false;
    std::atomic<bool> open_{true};
};

} // namespace edm::web
