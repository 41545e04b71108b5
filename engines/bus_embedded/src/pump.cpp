#include "pump.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <stdexcept>

namespace edm::bus_embedded {

namespace {

/// Positions of events that were sent to one subscription alone have this bit.
constexpr std::uint64_t direct_bit = 1ull << 63;
constexpr std::size_t page = 256;
constexpr std::uint64_t cursor_step = 64;

} // namespace

pump::pump(subscription_route route, store& publisher, store& subscriber, executor& home)
    : route_(std::move(route)), publisher_(publisher), subscriber_(subscriber), home_(home)
{
}

task<> pump::open()
{
    const auto& name = route_.subscription;
    auto cursor = subscriber_.noted("cursor/" + name);
    auto epoch = subscriber_.noted("epoch/" + name);
    auto tail = publisher_.tail();
    const bool under_way = baseline_wanted(); // a pass, when the process before ended
    bool lost = !cursor || epoch != std::int64_t{publisher_.epoch()} || static_cast<std::uint64_t>(*cursor) > tail;
    if (!lost) {
        // An older copy of the subscriber's file may point to where the log was pruned since. Positions have no gaps.
        auto next = co_await publisher_.pending(static_cast<std::uint64_t>(*cursor), 1);
        lost = next && !next->empty() && next->front().position > static_cast<std::uint64_t>(*cursor) + 1;
    }
    if (lost) {
        // The request for the baseline is on disk before the cursor: whoever finds a cursor had its baseline asked for.
        co_await want_baseline();
        auto fixed = co_await subscriber_.note_now("epoch/" + name, std::int64_t{publisher_.epoch()});
        if (fixed)
            fixed = co_await subscriber_.note_now("cursor/" + name, static_cast<std::int64_t>(tail));
        if (!fixed)
            throw std::runtime_error(name + ": the store cannot fix the start of the subscription");
        cursor = static_cast<std::int64_t>(tail);
    }
    bool clean = subscriber_.noted("clean/" + name) == cursor;
    if (subscriber_.noted("clean/" + name)) {
        auto cleared = co_await subscriber_.note_now("clean/" + name, std::nullopt);
        if (!cleared)
            throw std::runtime_error(name + ": the store cannot be written");
    }
    std::lock_guard lock(mutex_);
    read_ = noted_ = static_cast<std::uint64_t>(*cursor);
    // The cursor on disk lags behind what was begun by what was in flight when it was last written, and what is since.
    suspect_until_ = clean ? 0 : tail;
    suspects_left_ = 2 * bus::window;
    baseline_is_suspect_ = !clean && under_way;
}

bool pump::baseline_wanted() const
{
    return subscriber_.noted("baseline/" + route_.subscription).has_value();
}

task<> pump::want_baseline()
{
    auto noted = co_await subscriber_.note_now("baseline/" + route_.subscription, 1);
    if (!noted)
        throw std::runtime_error(route_.subscription + ": the request for a baseline cannot be stored");
}

task<> pump::baseline_done()
{
    auto noted = co_await subscriber_.note_now("baseline/" + route_.subscription, std::nullopt);
    if (!noted)
        throw std::runtime_error(route_.subscription + ": the end of the baseline cannot be stored");
    std::lock_guard lock(mutex_);
    baseline_is_suspect_ = false;
}

void pump::start(consumer& to)
{
    {
        std::lock_guard lock(mutex_);
        consumer_ = &to;
    }
    hint();
}

void pump::hint()
{
    std::unique_lock lock(mutex_);
    hinted_ = true;
    schedule(lock);
}

void pump::schedule(std::unique_lock<std::mutex>&)
{
    if (running_ || paused_ || stopped_ || !consumer_ || unsettled_ >= bus::window)
        return;
    running_ = true;
    home_.post([this] { spawn(run()); });
}

task<> pump::run()
{
    for (;;) {
        std::uint64_t from;
        std::size_t room;
        {
            std::lock_guard lock(mutex_);
            if (paused_ || stopped_ || unsettled_ >= bus::window) {
                running_ = false;
                co_return;
            }
            hinted_ = false;
            from = read_;
            room = std::min(page, bus::window - unsettled_);
        }
        auto batch = co_await publisher_.pending(from, room);
        std::vector<delivered_event> out;
        {
            std::lock_guard lock(mutex_);
            if (paused_ || stopped_) {
                running_ = false; // what was read is read again
                co_return;
            }
            if (!batch || batch->empty()) {
                if (batch && hinted_ && publisher_.tail() > read_)
                    continue;
                running_ = false;
                if (!batch)
                    home_.after(milliseconds{500}, [this] { hint(); });
                co_return;
            }
            for (auto& one : *batch) {
                read_ = one.position;
                if (one.event->topic != route_.topic)
                    continue;
                in_flight_.push_back({one.position, false});
                ++unsettled_;
                bool suspect = one.position <= suspect_until_ && suspects_left_ != 0;
                suspects_left_ -= suspect;
                out.push_back({std::move(one.event), one.position, suspect});
            }
            if (out.empty())
                advance();
        }
        if (!out.empty())
            consumer_->deliver(std::move(out));
    }
}

void pump::advance()
{
    while (!in_flight_.empty() && in_flight_.front().settled)
        in_flight_.pop_front();
    auto cursor = in_flight_.empty() ? read_ : in_flight_.front().position - 1;
    if (cursor == noted_ || (!in_flight_.empty() && cursor < noted_ + cursor_step))
        return;
    noted_ = cursor;
    subscriber_.note("cursor/" + route_.subscription, static_cast<std::int64_t>(cursor));
    publisher_.note("reader/" + route_.subscription, static_cast<std::int64_t>(cursor));
}

void pump::settled(std::uint64_t position)
{
    if (position & direct_bit)
        return settled_directly(position);
    std::unique_lock lock(mutex_);
    auto at = std::lower_bound(in_flight_.begin(), in_flight_.end(), position,
                               [](const flight& f, std::uint64_t p) { return f.position < p; });
    if (at == in_flight_.end() || at->position != position || at->settled)
        return;
    at->settled = true;
    --unsettled_;
    if (at == in_flight_.begin())
        advance();
    if (stopped_ && unsettled_ == 0)
        note_clean();
    if (unsettled_ <= bus::window / 2 && publisher_.tail() > read_)
        schedule(lock);
}

void pump::settled_directly(std::uint64_t position)
{
    std::shared_ptr<direct_batch> batch;
    {
        std::lock_guard lock(mutex_);
        auto at = direct_.find(position);
        if (at == direct_.end())
            return;
        batch = at->second;
        direct_.erase(at);
        if (--batch->left != 0)
            return;
    }
    batch->done(true);
}

task<> pump::send(std::vector<event_ptr> events)
{
    if (events.empty())
        co_return;
    co_await callback<bool>([this, &events](resumption<bool> done) {
        std::vector<delivered_event> out;
        {
            std::lock_guard lock(mutex_);
            auto batch = std::make_shared<direct_batch>(events.size(), done);
            for (auto& e : events) {
                auto position = direct_bit | next_direct_++;
                direct_.emplace(position, batch);
                out.push_back({std::move(e), position, baseline_is_suspect_});
            }
        }
        consumer_->deliver(std::move(out));
    });
}

void pump::pause()
{
    std::lock_guard lock(mutex_);
    paused_ = true;
}

void pump::resume()
{
    std::unique_lock lock(mutex_);
    paused_ = false;
    schedule(lock);
}

void pump::stop()
{
    std::lock_guard lock(mutex_);
    stopped_ = true;
    if (unsettled_ == 0)
        note_clean();
}

/// Nothing is in flight: the next start knows that no event was interrupted.
void pump::note_clean()
{
    subscriber_.note("cursor/" + route_.subscription, static_cast<std::int64_t>(read_));
    subscriber_.note("clean/" + route_.subscription, static_cast<std::int64_t>(read_));
}

bool pump::stopped() const
{
    std::lock_guard lock(mutex_);
    return stopped_;
}

std::uint64_t pump::behind() const
{
    std::lock_guard lock(mutex_);
    auto cursor = in_flight_.empty() ? read_ : in_flight_.front().position - 1;
    auto tail = publisher_.tail();
    return tail > cursor ? tail - cursor : 0;
}

std::uint64_t pump::unsettled() const
{
    std::lock_guard lock(mutex_);
    return unsettled_ + direct_.size();
}

} // namespace edm::bus_embedded
