#include "documents.hpp"
#include "notes.hpp"
#include "outbox.hpp"
#include "parked.hpp"
#include "setup.hpp"

#include <edm/observability/log.hpp>

#include <algorithm>
#include <condition_variable>
#include <fstream>
#include <future>

namespace edm::store_couchdb {

namespace log = observability::log;

namespace {

constexpr milliseconds filing_pause{1'000}; ///< so that events are filed, and documents pruned, many at once
constexpr milliseconds closing_pause{50};
constexpr milliseconds patience_after_failure{1'000};

std::vector<std::string> also(std::vector<std::string> names, std::string one)
{
    names.push_back(std::move(one));
    return names;
}

/// Everything of one service's store, with the work that goes on beside the calls: filing what was taken, and looking
/// for what other processes left. Lives until the last of it has ended.
class open_store final : public std::enable_shared_from_this<open_store>
{
  public:
    open_store(const options& with, std::shared_ptr<session> as, std::vector<std::string> databases,
               const std::string& service)
        : with_(with), server_(with, std::move(as)),
          events(server_, databases, with.prefix + service + "-events", held),
          docs(std::make_shared<documents>(server_, with, databases, held, events)),
          parked(server_, with.prefix + service + "-parked"),
          notes_(server_, with.prefix + service + "-events",
                 also(std::move(databases), with.prefix + service + "-parked"), with)
    {
    }

    task<> open()
    {
        auto asked = co_await docs->open();
        auto noted = co_await notes_.open();
        auto known = co_await parked.refresh();
        bool found = co_await events.look_for_others(INT64_MAX / 2);
        if (!asked || !noted || !known || !found)
            throw std::runtime_error("EDM_COUCHDB_URL: " + server_.trouble().value_or("CouchDB refuses to be read"));
    }
    void begin() { look_around_later(); }

    /// After this nothing runs any more. Not on a context.
    void close()
    {
        if (closed_.exchange(true))
            return;
        begin_work();
        spawn(finish(shared_from_this()));
        std::unique_lock lock(mutex_);
        ended_.wait(lock, [this] { return working_ == 0; });
    }

    void file_soon(milliseconds delay)
    {
        if (closed_.load() || filing_.exchange(true))
            return;
        home().after(delay, [weak = weak_from_this()] {
            if (auto self = weak.lock(); self && self->start_work())
                spawn(file(self));
        });
    }

    executor& home() { return with_.contexts->at(0); }

    const options with_;
    server server_;
    held_documents held;
    outbox events;
    std::shared_ptr<documents> docs;
    parked_events parked;
    notes notes_;

  private:
    void begin_work()
    {
        std::lock_guard lock(mutex_);
        ++working_;
    }
    bool start_work()
    {
        std::lock_guard lock(mutex_);
        if (closed_.load())
            return false;
        ++working_;
        return true;
    }
    void end_work()
    {
        std::lock_guard lock(mutex_);
        --working_;
        ended_.notify_all();
    }

    static task<> file(std::shared_ptr<open_store> self)
    {
        bool left = true;
        try {
            left = co_await self->events.file_away();
        } catch (const std::exception& e) {
            log::error("couchdb_filing", {{"why", e.what()}});
        }
        self->filing_.store(false);
        if (left)
            self->file_soon(patience_after_failure);
        self->end_work();
    }

    void look_around_later()
    {
        home().after(with_.look_around, [weak = weak_from_this()] {
            if (auto self = weak.lock(); self && self->start_work())
                spawn(look_around(self));
        });
    }
    static task<> look_around(std::shared_ptr<open_store> self)
    {
        try {
            auto noted = co_await self->notes_.refresh();
            auto known = co_await self->parked.refresh();
            if (noted && known) {
                auto now = self->with_.environment.now().time_since_epoch();
                co_await self->events.look_for_others((now - self->with_.others_after).count());
            }
        } catch (const std::exception& e) {
            log::error("couchdb_looking_around", {{"why", e.what()}});
        }
        self->look_around_later();
        self->end_work();
    }
    static task<> finish(std::shared_ptr<open_store> self)
    {
        co_await switch_to(self->home());
        while (self->filing_.load() && self->running_others())
            co_await sleep_for(closing_pause);
        try {
            auto noted = co_await self->notes_.refresh();
            bool left = co_await self->events.file_away();
            if (!noted || left)
                log::info("couchdb_closed_early", {{"then", "what is left is found by its index"}});
        } catch (const std::exception& e) {
            log::error("couchdb_closing", {{"why", e.what()}});
        }
        self->end_work();
    }
    bool running_others()
    {
        std::lock_guard lock(mutex_);
        return working_ > 1;
    }

    std::mutex mutex_;
    std::condition_variable ended_;
    std::size_t working_ = 0;
    std::atomic<bool> closed_{false}, filing_{false};
};

class couchdb_store final : public store
{
  public:
    explicit couchdb_store(std::shared_ptr<open_store> at) : at_(std::move(at)) {}
    ~couchdb_store() override { close(); }

    task<stored<loaded>> load(db_id db, std::string id, mark_key m) override
    {
        return at_->docs->load(db, std::move(id), m);
    }
    task<stored<revision>> commit(edm::commit c) override { return at_->docs->commit(std::move(c)); }
    task<std::vector<stored<revision>>> commit_many(std::vector<edm::commit> commits) override
    {
        return at_->docs->commit_many(std::move(commits));
    }
    task<stored<std::vector<scanned_document>>> scan(db_id db, std::string after, std::size_t n) override
    {
        return at_->docs->scan(db, std::move(after), n);
    }
    task<stored<std::vector<scanned_document>>> find(db_id db, std::string index, std::string value, std::string after,
                                                     std::size_t n) override
    {
        return at_->docs->find(db, std::move(index), std::move(value), std::move(after), n);
    }

    task<stored<nothing>> park(parked_event e) override { return at_->parked.park(std::move(e)); }
    task<stored<nothing>> unpark(std::string subscription, std::string key, sequence s) override
    {
        return at_->parked.unpark(std::move(subscription), std::move(key), s);
    }
    task<stored<std::vector<parked_event>>> parked(parked_filter f, std::optional<parked_event> after,
                                                   std::size_t n) override
    {
        return at_->parked.list(f, std::move(after), n);
    }
    bool may_have_parked(std::string_view subscription) const override { return at_->parked.may_have(subscription); }

    task<stored<std::vector<due_entry>>> due_before(std::int64_t until, std::size_t n) override
    {
        return at_->docs->due(0, until, n);
    }
    task<stored<std::vector<due_entry>>> exhausted(std::size_t n) override { return at_->docs->due(-1, -1, n); }

    task<stored<nothing>> adopt(std::string subscription, std::vector<std::string> formerly) override
    {
        for (const auto& former : formerly) {
            auto waiting = co_await at_->parked.list({.subscription = former}, {}, SIZE_MAX);
            if (!waiting)
                co_return std::unexpected(waiting.error());
            for (auto& e : *waiting) {
                e.subscription = subscription;
                auto moved = co_await at_->parked.park(e);
                if (moved)
                    moved = co_await at_->parked.unpark(former, e.key, e.sequence);
                if (!moved)
                    co_return std::unexpected(moved.error());
            }
        }
        at_->docs->adopt(std::move(subscription), std::move(formerly));
        co_return nothing{};
    }
    task<stored<std::vector<mark>>> marks(std::string subscription, std::string after, std::size_t n) override
    {
        return at_->docs->marks(std::move(subscription), std::move(after), n);
    }
    task<stored<std::vector<counter_entry>>> counters(db_id db, std::string topic, std::string after,
                                                      std::size_t n) override
    {
        return at_->docs->counters(db, std::move(topic), std::move(after), n);
    }

    task<stored<std::vector<logged_event>>> pending(std::uint64_t position, std::size_t n) override
    {
        co_return at_->events.pending(position, n);
    }
    void taken(std::uint64_t position) override
    {
        if (at_->events.taken(position))
            at_->file_soon(filing_pause);
    }
    bool positions_last() const override { return false; }
    task<stored<std::vector<logged_event>>> history(std::string key, std::size_t n) override
    {
        // In the order of an event's way, so that one that is filed meanwhile is seen twice, not never.
        auto pending = co_await at_->docs->pending_of(key);
        auto filed = co_await at_->events.filed(key);
        if (!filed || !pending)
            co_return std::unexpected(store_failure::away);
        auto all = std::move(*filed);
        for (auto& e : *pending) {
            bool there = std::any_of(all.begin(), all.end(), [&](const pending_event& one) {
                return one.topic == e.topic && one.sequence == e.sequence;
            });
            if (!there)
                all.push_back(std::move(e));
        }
        std::sort(all.begin(), all.end(), [](const pending_event& a, const pending_event& b) {
            return std::tie(a.at, a.sequence, a.topic) < std::tie(b.at, b.sequence, b.topic);
        });
        std::vector<logged_event> out;
        for (auto& e : all) {
            if (out.size() == n)
                break;
            auto place = edm::sequence::parse(e.sequence).value_or(edm::sequence{});
            out.push_back({out.size() + 1, std::make_shared<recorded_event>(
                                               recorded_event{e.topic, key, place, false, std::move(e.bytes)})});
        }
        co_return out;
    }
    std::uint64_t tail() const override { return at_->events.tail(); }
    task<stored<std::size_t>> prune(std::uint64_t, time_point before, std::size_t n) override
    {
        return at_->events.prune(before.time_since_epoch().count(), n);
    }

    void note(std::string name, std::int64_t value) override { at_->notes_.note(std::move(name), value); }
    task<stored<nothing>> note_now(std::string name, std::optional<std::int64_t> value) override
    {
        return at_->notes_.note_now(std::move(name), value);
    }
    std::optional<std::int64_t> noted(std::string_view name) const override { return at_->notes_.noted(name); }
    std::map<std::string, std::int64_t> notes() const override { return at_->notes_.all(); }

    std::uint32_t epoch() const override { return at_->notes_.epoch(); }
    task<stored<nothing>> begin_epoch(std::uint32_t epoch) override { return at_->notes_.begin_epoch(epoch); }
    void on_committed(std::function<void()> hint) override { at_->events.on_added(std::move(hint)); }
    std::optional<std::string> trouble() const override { return at_->server_.trouble(); }
    bool short_of_room() const override { return false; } // the server's disk is not ours to look at
    counts counted() const override
    {
        // A write that is answered was synced; several writes of one request share a sync.
        return {at_->docs->commits(), at_->server_.writes(), at_->docs->events()};
    }
    void close() override { at_->close(); }

  private:
    std::shared_ptr<open_store> at_;
};

class engine final : public store_engine
{
  public:
    explicit engine(options o) : options_(std::move(o))
    {
        const auto& file = options_.authorities;
        if (!file.empty() && !std::ifstream{file})
            throw std::runtime_error("EDM_COUCHDB_CA_FILE: " + file + " cannot be read");
        const auto& application = options_.application;
        session_ = std::make_shared<session>(options_, application.user.empty() ? options_.administrator : application);
    }

    std::unique_ptr<store> open(std::string_view service, std::vector<database_schema> databases) override
    {
        std::vector<std::string> names;
        std::vector<wanted_database> wanted;
        for (const auto& d : databases) {
            names.push_back(options_.prefix + d.name);
            wanted.push_back({names.back(), std::string{document_views}});
        }
        wanted.push_back({options_.prefix + std::string{service} + "-events", std::string{event_views}});
        wanted.push_back({options_.prefix + std::string{service} + "-parked", std::string{parked_views}});
        auto store = std::make_shared<open_store>(options_, session_, std::move(names), std::string{service});
        run([](const options& with, std::shared_ptr<session> as, std::vector<wanted_database> wanted,
               open_store& store) -> task<> {
            co_await make_sure(with, std::move(as), std::move(wanted));
            co_await store.open();
        }(options_, session_, std::move(wanted), *store));
        store->begin();
        return std::make_unique<couchdb_store>(std::move(store));
    }
    bool sole_owner() const override { return false; }

  private:
    /// Runs it on a context, and waits here.
    void run(task<> work)
    {
        std::promise<void> ended;
        auto future = ended.get_future();
        spawn([](executor& on, task<> work, std::promise<void> ended) -> task<> {
            co_await switch_to(on);
            try {
                co_await std::move(work);
            } catch (...) {
                ended.set_exception(std::current_exception());
                co_return;
            }
            ended.set_value();
        }(options_.contexts->at(0), std::move(work), std::move(ended)));
        future.get();
    }

    options options_;
    std::shared_ptr<session> session_; ///< of all stores
};

} // namespace

std::unique_ptr<store_engine> make_engine(options o)
{
    return std::make_unique<engine>(std::move(o));
}

} // namespace edm::store_couchdb
