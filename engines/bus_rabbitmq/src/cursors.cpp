#include "cursors.hpp"

#include <algorithm>

namespace edm::bus_rabbitmq {

namespace {

constexpr std::uint64_t step = 64; ///< while events are in flight; an idle subscription is noted exactly

void raise(std::map<std::string, std::uint64_t, std::less<>>& in, std::string_view name, std::uint64_t to)
{
    auto at = in.find(name);
    if (at == in.end())
        in.emplace(name, to);
    else
        at->second = std::max(at->second, to);
}

std::uint64_t value(const std::map<std::string, std::uint64_t, std::less<>>& in, std::string_view name)
{
    auto at = in.find(name);
    return at == in.end() ? 0 : at->second;
}

} // namespace

void cursors::add(const subscription_route& route, store& publisher, store& subscriber, std::uint64_t at)
{
    std::lock_guard lock(mutex_);
    entries_.insert_or_assign(route.subscription, entry{route, &publisher, &subscriber, at, at});
}

void cursors::relayed(std::string_view service, std::uint64_t position)
{
    std::lock_guard lock(mutex_);
    raise(relayed_, service, position);
    for (auto& [name, e] : entries_)
        if (e.route.publisher == service)
            advance(e);
}

void cursors::published(std::string_view topic, std::uint64_t last)
{
    std::lock_guard lock(mutex_);
    raise(published_, topic, last);
}

void cursors::settled(std::string_view subscription, std::uint64_t position)
{
    std::lock_guard lock(mutex_);
    auto at = entries_.find(subscription);
    if (at == entries_.end())
        return;
    at->second.settled = std::max(at->second.settled, position);
    advance(at->second);
}

/// Where nothing of the topic is on its way, the events of other topics are passed too.
void cursors::advance(entry& e)
{
    auto upto = e.settled;
    bool idle = e.settled >= value(published_, e.route.topic);
    if (idle)
        upto = std::max(upto, value(relayed_, e.route.publisher));
    if (upto <= e.noted || (!idle && upto < e.noted + step))
        return;
    e.noted = upto;
    e.subscriber->note("cursor/" + e.route.subscription, static_cast<std::int64_t>(upto));
    e.publisher->note("reader/" + e.route.subscription, static_cast<std::int64_t>(upto));
}

} // namespace edm::bus_rabbitmq
