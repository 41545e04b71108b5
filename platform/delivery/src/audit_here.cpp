#include "impl.hpp"
#include "subscriber.hpp"

#include <stdexcept>

namespace edm {

namespace {

template <class T>
T whole(stored<T> answer)
{
    if (!answer)
        throw std::runtime_error("a store is away; the audit is not complete");
    return std::move(*answer);
}

} // namespace

/// The ends of subscriptions in this process, read from its stores and its bus.
class audited_process final : public audit_side
{
  public:
    explicit audited_process(delivery::impl& of) : of_(of) {}

    task<std::uint32_t> epoch(std::string service) override { co_return store_of(service).epoch(); }

    task<std::vector<counter_entry>> counters(std::string name, std::string after) override
    {
        const auto& topic = topic_of(name);
        auto found = co_await store_of(topic.service).counters(topic.db, topic.name, std::move(after), page);
        co_return whole(std::move(found));
    }

    task<std::uint64_t> unsent(std::string service) override
    {
        store_of(service);
        co_return of_.parts_.bus->backlog(service).events;
    }

    task<std::vector<counter_entry>> marks(std::string subscription, std::string after) override
    {
        auto found = co_await subscriber_of(subscription).marks(subscription, std::move(after), page);
        auto marks = whole(std::move(found));
        std::vector<counter_entry> out;
        out.reserve(marks.size());
        for (auto& one : marks)
            out.push_back({std::move(one.key), one.sequence});
        co_return out;
    }

    task<std::vector<audited_event>> parked(std::string subscription, std::string after_key, sequence after) override
    {
        auto& at = subscriber_of(subscription);
        std::optional<parked_event> place;
        if (!after_key.empty()) {
            place.emplace();
            place->subscription = subscription;
            place->key = std::move(after_key);
            place->sequence = after;
        }
        auto found = co_await at.parked({.subscription = subscription}, std::move(place), page);
        auto events = whole(std::move(found));
        std::vector<audited_event> out;
        out.reserve(events.size());
        for (auto& e : events)
            out.push_back({std::move(e.key), e.sequence, e.baseline, e.rebuild, e.next_at < 0});
        co_return out;
    }

    task<bool> starting(std::string subscription) override
    {
        co_return subscriber_of(subscription).noted("baseline/" + subscription).has_value();
    }

    task<std::optional<std::uint64_t>> on_the_way(std::string subscription) override
    {
        subscriber_of(subscription);
        return of_.parts_.bus->on_the_way(std::move(subscription));
    }

    /// Of a log whose positions last, and a cursor beside the marks.
    task<bool> list_on_the_way(std::string subscription, std::function<void(std::string_view, sequence)> each) override
    {
        auto& at = subscriber_of(subscription);
        const auto& topic = topic_of(of_.parts_.declared->subscription(subscription)->topic);
        auto publisher = of_.services_.find(topic.service);
        auto cursor = at.noted("cursor/" + subscription);
        if (publisher == of_.services_.end() || !publisher->second.store->positions_last() || !cursor)
            co_return false;
        auto position = static_cast<std::uint64_t>(*cursor);
        for (bool more = true; more;) {
            auto found = co_await publisher->second.store->pending(position, page);
            auto events = whole(std::move(found));
            more = events.size() == page;
            for (const auto& one : events) {
                position = one.position;
                if (one.event->topic == topic.name)
                    each(one.event->key, one.event->sequence);
            }
        }
        co_return true;
    }

  private:
    [[noreturn]] static void not_here(const std::string& what)
    {
        throw std::invalid_argument(what + " does not run in this process");
    }
    store& store_of(const std::string& service) const
    {
        auto at = of_.services_.find(service);
        if (at == of_.services_.end())
            not_here(service);
        return *at->second.store;
    }
    const topic_declaration& topic_of(const std::string& name) const
    {
        const auto* found = of_.parts_.declared->topic(name);
        if (!found)
            throw std::invalid_argument("there is no topic " + name);
        return *found;
    }
    store& subscriber_of(const std::string& subscription) const
    {
        const auto* found = of_.parts_.declared->subscription(subscription);
        if (!found)
            throw std::invalid_argument("there is no subscription " + subscription);
        return store_of(found->service);
    }

    delivery::impl& of_;
};

std::unique_ptr<audit_side> delivery::audited_here() const
{
    return std::make_unique<audited_process>(*impl_);
}

task<std::vector<audit_row>> delivery::audit()
{
    audited_process here{*impl_};
    std::vector<audit_row> rows;
    for (auto& [name, to] : impl_->subscribers_) {
        const auto& topic = *impl_->parts_.declared->topic(to->declared().topic);
        if (!impl_->services_.contains(topic.service))
            continue;
        auto row =
            co_await audit_subscription({name, topic.name, topic.service, {&here}, {&here}, impl_->parts_.sole_owner});
        rows.push_back(std::move(row));
    }
    co_return rows;
}

} // namespace edm
