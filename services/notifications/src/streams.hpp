#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace edm::notifications {

/// Keeps a user from holding many streams open in this process: one too many ends the user's oldest. Thread-safe.
class streams
{
    struct seat
    {
        std::function<void()> wake;
        std::atomic<bool> taken_away = false;
    };

  public:
    static constexpr std::size_t per_user = 5;

    /// A stream's seat while it lives.
    class place
    {
      public:
        place(streams& all, std::string user, std::shared_ptr<seat> mine);
        ~place();
        place(const place&) = delete;
        place& operator=(const place&) = delete;
        /// The stream has to end: a newer one has its seat.
        bool taken_away() const { return mine_->taken_away; }

      private:
        streams& all_;
        std::string user_;
        std::shared_ptr<seat> mine_;
    };

    /// `wake` makes the stream look at its place again; it may be called from any thread.
    std::unique_ptr<place> enter(const std::string& user, std::function<void()> wake);

  private:
    void leave(const std::string& user, const std::shared_ptr<seat>& mine);

    std::mutex mutex_;
    std::unordered_map<std::string, std::deque<std::shared_ptr<seat>>> by_user_;
};

} // namespace edm::notifications
