#pragma once

#include <edm/core/executor.hpp>
#include <edm/core/time.hpp>

#include <boost/intrusive/list.hpp>

#include <atomic>
#include <cstdint>
#include <memory>

namespace edm::gateway {

/// One time limit for many waits, without a timer for each: since all wait equally long they expire in the order in
/// which they began, and one timer per executor looks at the head of its queue ten times per limit. So a wait expires
/// after one to one and a tenth of the limit.
class deadlines
{
  public:
    /// Something that waits. It lives on the executor where it was added; it may go at any time, and is out then.
    class entry : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>
    {
      public:
        entry() = default;
        entry(const entry&) = delete;
        entry& operator=(const entry&) = delete;

      protected:
        ~entry() = default;

      private:
        friend class deadlines;
        virtual void expire() = 0;
        std::uint64_t begun_ = 0;
    };

    explicit deadlines(milliseconds limit) : state_(std::make_shared<state>(limit)) {}

    /// On the executor whose work this thread runs; without one, nothing expires.
    void add(entry& e);

  private:
    using queue = boost::intrusive::list<entry, boost::intrusive::constant_time_size<false>>;
    struct lane
    {
        executor* home;
        queue waiting;
        std::uint64_t ticks = 0;
        bool armed = false;
        lane* next = nullptr;
    };
    struct state
    {
        explicit state(milliseconds limit) : step(limit / steps + milliseconds{limit % steps != milliseconds{0}}) {}
        ~state();
        lane& of(executor& home);

        milliseconds step;
        std::atomic<lane*> lanes{nullptr}; ///< one per executor, never removed
    };
    static constexpr int steps = 10;

    static void arm(const std::shared_ptr<state>& all, lane& at);
    static void tick(const std::shared_ptr<state>& all, lane& at);

    std::shared_ptr<state> state_;
};

} // namespace edm::gateway
