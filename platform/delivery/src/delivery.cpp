#include "impl.hpp"
#include "subscriber.hpp"

#include <algorithm>

namespace edm {

const topic_declaration* declarations::topic(std::string_view name) const
{
    auto at = std::find_if(topics.begin(), topics.end(), [&](const auto& t) { return t.name == name; });
    return at == topics.end() ? nullptr : &*at;
}

const subscription_declaration* declarations::subscription(std::string_view name) const
{
    auto at = std::find_if(subscriptions.begin(), subscriptions.end(), [&](const auto& s) { return s.name == name; });
    return at == subscriptions.end() ? nullptr : &*at;
}

const database_declaration* declarations::database(std::string_view service, std::string_view name) const
{
    auto at = std::find_if(databases.begin(), databases.end(),
                           [&](const auto& d) { return d.service == service && d.name == name; });
    return at == databases.end() ? nullptr : &*at;
}

delivery::impl::impl(parts p) : parts_(std::move(p))
{
    for (auto& [name, where] : parts_.stores) {
        auto& s = services_[name];
        s.name = name;
        s.store = where;
    }
    for (const auto& d : parts_.declared->databases) {
        auto s = services_.find(d.service);
        if (s == services_.end())
            continue;
        auto& all = s->second.databases;
        all.resize(std::max<std::size_t>(all.size(), d.id + 1u));
        all[d.id] = &d;
    }
}

delivery::impl::~impl() = default;

service_state& delivery::impl::state(std::string_view service)
{
    auto at = services_.find(service);
    if (at == services_.end())
        throw std::invalid_argument("service does not run here: " + std::string{service});
    return at->second;
}

task<> delivery::impl::start()
{
    topology all;
    for (const auto& to : parts_.declared->subscriptions) {
        const auto* topic = parts_.declared->topic(to.topic);
        if (!topic)
            throw std::runtime_error(to.name + " subscribes to " + to.topic + ", which no service publishes");
        all.subscriptions.push_back(
            {to.name, to.service, to.topic, topic->service, services_.contains(to.service), to.formerly});
    }
    for (const auto& to : parts_.declared->subscriptions)
        if (auto s = services_.find(to.service); s != services_.end())
            co_await take_over_names(s->second, to);
    co_await look_for_lost_logs();
    co_await parts_.bus->open(std::move(all));
    parts_.bus->on_broadcast([this](std::string_view message) { wake_watchers(message); });
    for (auto& [name, s] : services_)
        parts_.bus->on_baseline(name, [this](baseline_request wanted) { return make_baseline(std::move(wanted)); });
    for (const auto& to : parts_.declared->subscriptions)
        if (auto s = services_.find(to.service); s != services_.end())
            subscribers_.emplace(to.name, std::make_unique<subscriber>(*this, to, s->second));
    for (auto& [name, s] : services_)
        co_await take_over_due(s);
    for (auto& [name, one] : subscribers_)
        parts_.bus->consume(name, *one);
    for (auto& [name, one] : subscribers_)
        go_on_rebuilding(*one);
    sweep_later();
}

void delivery::impl::stop()
{
    stopped_.store(true);
    parts_.bus->stop();
}

delivery::delivery(parts p) : impl_(std::make_unique<impl>(std::move(p))) {}
delivery::~delivery() = default;

task<> delivery::start()
{
    return impl_->start();
}

void delivery::stop()
{
    impl_->stop();
}

task<result<loaded>> delivery::update(call& on_behalf, std::string_view service, db_id db, std::string id,
                                      const raw_decision& decide)
{
    return impl_->update(on_behalf, impl_->state(service), db, std::move(id), decide);
}

task<std::vector<result<loaded>>>
delivery::update_many(call& on_behalf, std::string_view service, db_id db, std::vector<std::string> ids,
                      std::function<result<raw_change>(std::size_t, const loaded&, const moment&)> decide)
{
    return impl_->update_many(on_behalf, impl_->state(service), db, std::move(ids), std::move(decide));
}

store& delivery::store_of(std::string_view service) const
{
    return *impl_->state(service).store;
}

task<bool> delivery::wait_applied(std::string_view service, std::string topic, std::string key, sequence s,
                                  milliseconds limit)
{
    return impl_->wait_applied(service, std::move(topic), std::move(key), s, limit);
}

std::shared_ptr<void> delivery::watch(std::string_view service, db_id db, std::string_view document,
                                      std::function<void()> wake)
{
    return impl_->watch(service, db, document, [wake = std::move(wake)](std::string_view) { wake(); });
}

std::shared_ptr<void> delivery::watch_all(std::string_view service, db_id db,
                                          std::function<void(std::string_view)> wake)
{
    return impl_->watch(service, db, {}, std::move(wake));
}

bool delivery::overloaded(std::string_view service) const
{
    return impl_->overloaded(service);
}

task<> delivery::drained()
{
    return impl_->drained();
}

delivery::statistics delivery::counted() const
{
    return {impl_->applied_.load(), impl_->duplicates_.load(), impl_->parked_.load(),   impl_->dead_.load(),
            impl_->retried_.load(), impl_->conflicts_.load(),  impl_->due_done_.load(), impl_->due_exhausted_.load()};
}

} // namespace edm
