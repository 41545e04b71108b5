#include "databases.hpp"
#include "jobs.hpp"
#include "room.hpp"
#include "writer.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>

namespace edm::store_sqlite {

namespace {

class sqlite_store final : public store
{
  public:
    sqlite_store(std::filesystem::path file, const options& o)
        : file_(std::move(file)), room_(file_.parent_path(), o), writer_(file_, o, names_, [this] { drop_readers(); })
    {
        list_parked();
    }
    ~sqlite_store() override { close(); }

    task<stored<loaded>> load(db_id db, std::string id, mark_key m) override
    {
        auto& cache = writer_.cache();
        if (writer_.readable())
            if (auto held = cache.find(db, id, m))
                co_return std::move(*held);
        auto before = cache.before_read();
        auto found = read([&](read_side& r) { return r.load(db, id, m); });
        if (found && before)
            cache.keep(*before, db, id, m, *found);
        co_return found;
    }
    task<stored<revision>> commit(edm::commit c) override
    {
        commit_job j(writer_, c);
        co_return co_await j;
    }
    task<std::vector<stored<revision>>> commit_many(std::vector<edm::commit> commits) override
    {
        commit_batch batch(writer_, commits);
        co_return co_await batch;
    }
    task<stored<std::vector<scanned_document>>> scan(db_id db, std::string after, std::size_t n) override
    {
        co_return read([&](read_side& r) { return r.scan(db, after, n); });
    }
    task<stored<std::vector<scanned_document>>> find(db_id db, std::string index, std::string value, std::string after,
                                                     std::size_t n) override
    {
        co_return read([&](read_side& r) { return r.find(db, index, value, after, n); });
    }

    task<stored<nothing>> park(parked_event e) override
    {
        auto j = on_writer<nothing>(writer_, [&](write_side& w) {
            w.park(e);
            std::lock_guard lock(mutex_);
            parked_.insert(e.subscription);
            return nothing{};
        });
        co_return co_await j;
    }
    task<stored<nothing>> unpark(std::string subscription, std::string key, sequence s) override
    {
        auto j = on_writer<nothing>(writer_, [&](write_side& w) {
            w.unpark(subscription, key, s);
            // Inside the writer's transaction no other park can come between the question and this.
            if (!w.has_parked(subscription)) {
                std::lock_guard lock(mutex_);
                parked_.erase(subscription);
            }
            return nothing{};
        });
        auto outcome = co_await j;
        if (!outcome) {
            std::lock_guard lock(mutex_);
            parked_.insert(subscription); // the row may still be there
        }
        co_return outcome;
    }
    task<stored<std::vector<parked_event>>> parked(parked_filter f, std::optional<parked_event> after,
                                                   std::size_t n) override
    {
        co_return read([&](read_side& r) { return r.parked(f, after, n); });
    }
    bool may_have_parked(std::string_view subscription) const override
    {
        std::lock_guard lock(mutex_);
        return parked_.contains(subscription);
    }

    task<stored<std::vector<due_entry>>> due_before(std::int64_t until, std::size_t n) override
    {
        co_return read([&](read_side& r) { return r.due(0, until, n); });
    }
    task<stored<std::vector<due_entry>>> exhausted(std::size_t n) override
    {
        co_return read([&](read_side& r) { return r.due(-1, -1, n); });
    }

    task<stored<nothing>> adopt(std::string subscription, std::vector<std::string> formerly) override
    {
        adopt_job j(writer_, subscription, formerly);
        auto outcome = co_await j;
        std::lock_guard lock(mutex_);
        for (const auto& former : formerly)
            if (parked_.contains(former))
                parked_.insert(subscription);
        co_return outcome;
    }
    task<stored<std::vector<mark>>> marks(std::string subscription, std::string after, std::size_t n) override
    {
        co_return read([&](read_side& r) { return r.marks(subscription, after, n); });
    }
    task<stored<std::vector<counter_entry>>> counters(db_id db, std::string topic, std::string after,
                                                      std::size_t n) override
    {
        co_return read([&](read_side& r) {
            std::vector<counter_entry> out;
            std::string from = after;
            for (;;) {
                auto page = r.scan(db, from, 500);
                for (auto& one : page) {
                    auto s = one.document.envelope.counter(topic);
                    if (s.counter != 0)
                        out.push_back({one.id, s});
                    from = one.id;
                    if (out.size() == n)
                        return out;
                }
                if (page.size() < 500)
                    return out;
            }
        });
    }

    task<stored<std::vector<logged_event>>> pending(std::uint64_t position, std::size_t n) override
    {
        if (position >= writer_.tail())
            co_return std::vector<logged_event>{};
        if (auto fresh = writer_.recent().after(position, n))
            co_return std::move(*fresh);
        co_return read([&](read_side& r) { return r.pending(position, n); });
    }
    task<stored<std::vector<logged_event>>> history(std::string key, std::size_t n) override
    {
        // The log has no index by key, which every event would pay for: a trail looks at the last 200,000 events.
        auto tail = writer_.tail();
        co_return read([&](read_side& r) { return r.history(key, tail > 200'000 ? tail - 200'000 : 0, n); });
    }
    std::uint64_t tail() const override { return writer_.tail(); }
    task<stored<std::size_t>> prune(std::uint64_t position, time_point before, std::size_t n) override
    {
        auto j = on_writer<std::size_t>(
            writer_, [&](write_side& w) { return w.prune(position, before.time_since_epoch().count(), n); });
        co_return co_await j;
    }

    void note(std::string name, std::int64_t value) override { writer_.note(std::move(name), value); }
    task<stored<nothing>> note_now(std::string name, std::optional<std::int64_t> value) override
    {
        writer_.forget(name);
        auto j = on_writer<nothing>(writer_, [&](write_side& w) {
            w.note(name, value);
            return nothing{};
        });
        auto outcome = co_await j;
        if (outcome)
            writer_.remember(name, value);
        co_return outcome;
    }
    std::optional<std::int64_t> noted(std::string_view name) const override { return writer_.noted(name); }
    std::optional<std::int64_t> noted_on_disk(std::string_view name) const override
    {
        return writer_.noted_on_disk(name);
    }
    std::map<std::string, std::int64_t> notes() const override { return writer_.notes(); }

    std::uint32_t epoch() const override { return writer_.epoch(); }
    task<stored<nothing>> begin_epoch(std::uint32_t epoch) override
    {
        auto j = on_writer<nothing>(writer_, [epoch](write_side& w) {
            w.begin_epoch(epoch);
            return nothing{};
        });
        auto outcome = co_await j;
        if (outcome)
            writer_.set_epoch(epoch);
        co_return outcome;
    }
    void on_committed(std::function<void()> hint) override { writer_.on_committed(std::move(hint)); }
    std::optional<std::string> trouble() const override { return writer_.trouble(); }
    bool short_of_room() const override { return room_.is_short(); }
    counts counted() const override { return writer_.counted(); }
    void close() override
    {
        drop_readers();
        writer_.close();
    }

  private:
    template <class F>
    auto read(F f) -> stored<std::invoke_result_t<F, read_side&>>
    {
        if (!writer_.readable())
            return std::unexpected(store_failure::away);
        std::unique_ptr<read_side> side;
        std::uint64_t generation;
        {
            std::lock_guard lock(mutex_);
            generation = generation_;
            if (!readers_.empty()) {
                side = std::move(readers_.back());
                readers_.pop_back();
            }
        }
        try {
            if (!side)
                side = std::make_unique<read_side>(file_, names_);
            auto value = f(*side);
            std::lock_guard lock(mutex_);
            if (generation == generation_)
                readers_.push_back(std::move(side));
            return value;
        } catch (const sqlite_error& e) {
            spdlog::error("{}: reading: {}", file_.filename().string(), e.what());
            return std::unexpected(store_failure::away);
        }
    }

    void drop_readers()
    {
        std::lock_guard lock(mutex_);
        readers_.clear();
        ++generation_;
    }

    void list_parked()
    {
        connection c(file_, false);
        statement all(c, "SELECT DISTINCT subscription FROM parked");
        all.bind();
        while (all.step())
            parked_.insert(all.text(0));
    }

    std::filesystem::path file_;
    room room_;
    name_table names_;
    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<read_side>> readers_;
    std::uint64_t generation_ = 0;
    std::set<std::string, std::less<>> parked_;
    writer writer_;
};

class engine final : public store_engine
{
  public:
    explicit engine(options o) : options_(std::move(o)) {}
    std::unique_ptr<store> open(std::string_view service, std::vector<database_schema> databases) override
    {
        auto file = options_.directory / (std::string{service} + ".sqlite");
        try {
            place_databases(file, databases);
            return std::make_unique<sqlite_store>(file, options_);
        } catch (const sqlite_error& e) {
            throw std::runtime_error(file.string() + ": " + e.what());
        }
    }
    bool sole_owner() const override { return true; }

  private:
    options options_;
};

} // namespace

std::unique_ptr<store_engine> make_engine(options o)
{
    return std::make_unique<engine>(std::move(o));
}

} // namespace edm::store_sqlite
