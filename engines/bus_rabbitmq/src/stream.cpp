#include "stream.hpp"

#include "names.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace edm::bus_rabbitmq {

stream::stream(subscription_route route, executor& home, store& subscriber, cursors& positions, bool alone)
    : route_(std::move(route)), home_(home), subscriber_(subscriber), positions_(positions), alone_(alone)
{
}

task<> stream::open()
{
    const auto note = "clean/" + route_.subscription;
    bool clean = subscriber_.noted(note).has_value();
    if (clean) {
        auto cleared = co_await subscriber_.note_now(note, std::nullopt);
        if (!cleared)
            throw std::runtime_error(route_.subscription + ": the store cannot be written");
    }
    std::lock_guard lock(mutex_);
    unclean_ = !clean;
}

void stream::start(consumer& to)
{
    std::lock_guard lock(mutex_);
    consumer_ = &to;
}

bool stream::started() const
{
    std::lock_guard lock(mutex_);
    return consumer_ && !stopped_;
}

void stream::begin(std::uint64_t generation)
{
    std::lock_guard lock(mutex_);
    if (known_.size() > 4 * bus::window)
        known_.clear(); // what was settled and acknowledged never comes again
    for (auto& f : in_flight_) {
        if (f.handed && !f.settled)
            orphans_.insert(position_of(f.tag));
        known_.insert(std::move(f.id));
    }
    in_flight_.clear();
    ready_.clear();
    to_acknowledge_.clear();
    handed_ = 0;
    settled_up_to_ = 0;
    generation_ = generation;
}

bool stream::take(std::uint64_t tag, bool redelivered, received& message)
{
    flight f{.tag = tag, .log_position = static_cast<std::uint64_t>(std::max<std::int64_t>(0, message.log_position))};
    if (message.content_type == end_of_baseline) {
        f.id = std::move(message.message_id);
        f.marker = true;
        std::unique_lock lock(mutex_);
        in_flight_.push_back(std::move(f));
        advance(lock);
        return true;
    }
    auto read = decode_event(message.body);
    if (!read) {
        f.unreadable = true;
        std::lock_guard lock(mutex_);
        in_flight_.push_back(std::move(f));
        return false;
    }
    auto e = std::make_shared<recorded_event>(recorded_event{route_.topic, std::move(read->subject), read->sequence,
                                                             read->baseline, std::move(message.body)});
    std::lock_guard lock(mutex_);
    bool begun_here = known_.erase(read->id) != 0;
    // What the process before was given comes before everything else. Where others share the store, one of them may
    // have ended at any time, and how another one ended says nothing of it.
    unclean_ = redelivered && (unclean_ || !alone_);
    ready_.push_back({std::move(e), position_of(tag), unclean_ && !begun_here});
    f.id = std::move(read->id);
    in_flight_.push_back(std::move(f));
    return true;
}

void stream::hand_out()
{
    {
        std::lock_guard lock(mutex_);
        if (posted_ || paused_ || stopped_ || ready_.empty() || !consumer_ || busy() >= bus::window)
            return;
        posted_ = true;
    }
    home_.post([this] { deliver_here(); });
}

void stream::deliver_here()
{
    std::vector<delivered_event> out;
    {
        std::lock_guard lock(mutex_);
        posted_ = false;
        if (paused_ || stopped_ || busy() >= bus::window)
            return;
        auto n = std::min(ready_.size(), bus::window - busy());
        if (n == 0)
            return;
        auto first = std::lower_bound(in_flight_.begin(), in_flight_.end(), ready_.front().position,
                                      [this](const flight& f, std::uint64_t p) { return position_of(f.tag) < p; });
        for (std::size_t i = 0; i != n; ++first) {
            if (first->marker || first->unreadable)
                continue;
            first->handed = true;
            out.push_back(std::move(ready_.front()));
            ready_.pop_front();
            ++i;
        }
        handed_ += n;
    }
    consumer_->deliver(std::move(out));
}

void stream::settled(std::uint64_t position)
{
    bool more;
    {
        std::unique_lock lock(mutex_);
        if (orphans_.erase(position) == 0) {
            auto at = std::lower_bound(in_flight_.begin(), in_flight_.end(), position,
                                       [this](const flight& f, std::uint64_t p) { return position_of(f.tag) < p; });
            if (at == in_flight_.end() || position_of(at->tag) != position || at->settled)
                return;
            at->settled = true;
            handed_ -= at->handed;
            to_acknowledge_.push_back(at->tag);
            advance(lock);
        }
        if (stopped_ && busy() == 0)
            note_clean();
        more = !ready_.empty();
    }
    if (more)
        hand_out();
    if (on_settled)
        on_settled();
}

/// Moves over what is settled at the front. A marker at the front is told of once, outside the lock.
void stream::advance(std::unique_lock<std::mutex>& lock)
{
    std::uint64_t log_position = 0;
    while (!in_flight_.empty() && in_flight_.front().settled) {
        log_position = std::max(log_position, in_flight_.front().log_position);
        settled_up_to_ = in_flight_.front().tag;
        in_flight_.pop_front();
    }
    std::optional<std::pair<std::string, std::uint64_t>> end;
    if (!in_flight_.empty() && in_flight_.front().marker && !in_flight_.front().told && !stopped_) {
        auto& f = in_flight_.front();
        f.told = true;
        end.emplace(f.id, position_of(f.tag));
    }
    if (log_position != 0)
        positions_.settled(route_.subscription, log_position);
    if (!end || !on_baseline_end)
        return;
    lock.unlock();
    on_baseline_end(std::move(end->first), end->second);
    lock.lock();
}

std::uint64_t stream::unsettled() const
{
    std::lock_guard lock(mutex_);
    auto open = std::count_if(in_flight_.begin(), in_flight_.end(), [](const flight& f) { return !f.settled; });
    return static_cast<std::uint64_t>(open) + orphans_.size();
}

std::vector<acknowledgement> stream::acknowledgements(std::uint64_t generation)
{
    std::lock_guard lock(mutex_);
    std::vector<acknowledgement> out;
    if (generation != generation_ || to_acknowledge_.empty())
        return out;
    // The tag of a `multiple` must be one that is not acknowledged yet, or the broker closes the channel.
    std::uint64_t together = 0;
    for (auto tag : to_acknowledge_) {
        if (tag <= settled_up_to_)
            together = std::max(together, tag);
        else
            out.push_back({tag, false});
    }
    to_acknowledge_.clear();
    if (together != 0)
        out.push_back({together, true});
    return out;
}

void stream::pause()
{
    std::lock_guard lock(mutex_);
    paused_ = true;
}

void stream::resume()
{
    {
        std::lock_guard lock(mutex_);
        paused_ = false;
    }
    hand_out();
}

void stream::stop()
{
    std::lock_guard lock(mutex_);
    stopped_ = true;
    if (busy() == 0)
        note_clean();
}

/// Nothing is in flight: what is redelivered to the next process was never begun.
void stream::note_clean()
{
    subscriber_.note("clean/" + route_.subscription, 1);
}

} // namespace edm::bus_rabbitmq
