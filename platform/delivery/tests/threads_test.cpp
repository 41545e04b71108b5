#include "fixture.hpp"

#include <edm/store_sqlite/store_sqlite.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <thread>

namespace edm::delivery_tests {

namespace {

/// A thread with its queue and its timers, in real time.
class thread_context final : public executor
{
  public:
    thread_context() : thread_([this] { work(); }) {}
    ~thread_context() override
    {
        {
            std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        changed_.notify_one();
        thread_.join();
    }
    void post(function f) override
    {
        {
            std::lock_guard lock(mutex_);
            ready_.push_back(std::move(f));
        }
        changed_.notify_one();
    }
    void after(milliseconds delay, function f) override
    {
        {
            std::lock_guard lock(mutex_);
            timers_.emplace(std::chrono::steady_clock::now() + delay, std::move(f));
        }
        changed_.notify_one();
    }

  private:
    void work()
    {
        running mark(this);
        std::unique_lock lock(mutex_);
        for (;;) {
            while (!timers_.empty() && timers_.begin()->first <= std::chrono::steady_clock::now()) {
                ready_.push_back(std::move(timers_.begin()->second));
                timers_.erase(timers_.begin());
            }
            if (!ready_.empty()) {
                auto f = std::move(ready_.front());
                ready_.pop_front();
                lock.unlock();
                f();
                f = {};
                lock.lock();
                continue;
            }
            if (stopping_)
                return;
            if (timers_.empty())
                changed_.wait(lock);
            else
                changed_.wait_until(lock, timers_.begin()->first);
        }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<function> ready_;
    std::multimap<std::chrono::steady_clock::time_point, function> timers_;
    bool stopping_ = false;
    std::thread thread_;
};

task<> finish(task<> work, std::promise<void> done)
{
    try {
        co_await std::move(work);
    } catch (...) {
        done.set_exception(std::current_exception());
        co_return;
    }
    done.set_value();
}

/// Starts a task on a context; the future tells its end.
std::future<void> start(thread_context& on, task<> work)
{
    std::promise<void> done;
    auto end = done.get_future();
    on.post([wrapped = finish(std::move(work), std::move(done))]() mutable { spawn(std::move(wrapped)); });
    return end;
}

/// The services over real files, two contexts, as the program runs them.
class machine
{
  public:
    machine(const declarations& d, const std::filesystem::path& directory)
        : engine_(store_sqlite::make_engine({.directory = directory}))
    {
        for (const auto& name : d.services) {
            stores_.push_back(engine_->open(name, {}));
            by_name_.emplace(name, stores_.back().get());
        }
        first = std::make_unique<thread_context>();
        second = std::make_unique<thread_context>();
        bus_ = bus_embedded::make_bus({.stores = by_name_, .contexts = {first.get(), second.get()}});
        at = std::make_unique<delivery>(delivery::parts{.declared = &d,
                                                        .stores = by_name_,
                                                        .bus = bus_.get(),
                                                        .contexts = {first.get(), second.get()},
                                                        .environment = {},
                                                        .retry = {.first = 10ms, .gap = 20ms}});
        start(*first, at->start()).get();
    }
    ~machine()
    {
        at->stop();
        start(*first, at->drained()).get();
        for (auto& s : stores_)
            s->close();
        first.reset();
        second.reset();
    }
    store& of(std::string_view service) { return *by_name_.find(service)->second; }

    std::unique_ptr<thread_context> first, second;
    std::unique_ptr<delivery> at;

  private:
    std::unique_ptr<store_engine> engine_;
    std::vector<std::unique_ptr<store>> stores_;
    std::map<std::string, store*, std::less<>> by_name_;
    std::unique_ptr<bus> bus_;
};

class threads : public ::testing::Test
{
  protected:
    threads()
    {
        auto pattern = (std::filesystem::temp_directory_path() / "edm-delivery-XXXXXX").string();
        if (!::mkdtemp(pattern.data()))
            throw std::runtime_error("mkdtemp failed");
        directory = pattern;
    }
    ~threads() override
    {
        std::error_code ignored;
        std::filesystem::remove_all(directory, ignored);
    }
    std::filesystem::path directory;
};

constexpr int keys = 16;
constexpr int clients = 8;
constexpr int orders_per_client = 40;

task<> order_many(delivery& d, int client, std::atomic<int>& made)
{
    raw_decision next = [](const loaded& before, const moment&) -> result<raw_change> {
        auto text = std::to_string(before.envelope.counter("ordered").counter + 1);
        return raw_change{.value = text, .events = {{"ordered", "\"" + text + "\""}}};
    };
    for (int i = 0; i != orders_per_client; ++i) {
        auto key = "k" + std::to_string((client * 7 + i) % keys);
        call c;
        for (;;) {
            auto done = co_await d.update(c, "shop", 0, key, next);
            if (done)
                break;
            EXPECT_EQ(done.error().kind, &errors::busy) << done.error().text();
        }
        made.fetch_add(1);
        // What it reads afterwards includes what it did.
        auto published = c.published_events().back();
        bool visible = co_await d.wait_applied("ledger", "ordered", key, published.sequence, milliseconds{60'000});
        EXPECT_TRUE(visible);
        auto there = co_await d.store_of("ledger").load(0, key, {"ledger.count", key});
        EXPECT_TRUE(there.has_value());
        EXPECT_GE(there->mark, published.sequence);
    }
}

task<> count_all(delivery& d, std::map<std::string, std::string>& ledger, std::map<std::string, std::uint64_t>& shop,
                 std::vector<audit_row>& rows)
{
    co_await d.drained();
    for (int k = 0; k != keys; ++k) {
        auto key = "k" + std::to_string(k);
        auto account = co_await d.store_of("ledger").load(0, key);
        auto orders = co_await d.store_of("shop").load(0, key);
        ledger[key] = account->value.value_or("");
        shop[key] = orders->envelope.counter("ordered").counter;
    }
    rows = co_await d.audit();
}

/// One in a few events fails at first, at random, so that parking, sweeps and lanes meet.
declarations flaky(std::atomic<int>& calls, std::atomic<int>& mails)
{
    auto d = shop_and_ledger([&](const loaded& document, const void* event, const received& how,
                                 std::span<const loaded> reads) -> result<raw_change> {
        if (calls.fetch_add(1) % 13 == 7)
            return fail(refused);
        auto decided = append(document, event, how, reads);
        decided->due.push_back(
            {.id = how.sequence.text(), .kind = "mail", .at = how.at.now.time_since_epoch().count()});
        return decided;
    });
    struct sender
    {
        static task<result<nothing>> send(std::atomic<int>& mails)
        {
            mails.fetch_add(1);
            co_return nothing{};
        }
    };
    d.due.push_back(
        {.service = "ledger", .kind = "mail", .database = "accounts", .perform = [&](call&, std::string, due_item) {
             return sender::send(mails);
         }});
    return d;
}

TEST_F(threads, ManyClientsOverRealFilesLoseAndDoubleNothing)
{
    std::atomic<int> calls = 0, mails = 0, made = 0, heard = 0;
    auto d = flaky(calls, mails);
    std::map<std::string, std::string> ledger;
    std::map<std::string, std::uint64_t> shop;
    std::vector<audit_row> rows;
    {
        machine m(d, directory);
        auto watch = m.at->watch("ledger", 0, "", [&] { heard.fetch_add(1); });
        std::vector<std::future<void>> running;
        for (int c = 0; c != clients; ++c)
            running.push_back(start(c % 2 ? *m.first : *m.second, order_many(*m.at, c, made)));
        for (auto& one : running)
            one.get();
        start(*m.second, count_all(*m.at, ledger, shop, rows)).get();
    }
    EXPECT_EQ(made.load(), clients * orders_per_client);
    std::uint64_t sum = 0;
    for (auto& [key, orders] : shop) {
        std::string lines;
        for (std::uint64_t n = 1; n <= orders; ++n)
            lines += std::to_string(n) + "\n";
        EXPECT_EQ(ledger[key], lines) << key;
        sum += orders;
    }
    EXPECT_EQ(sum, static_cast<std::uint64_t>(made.load()));
    EXPECT_EQ(mails.load(), made.load());
    EXPECT_GE(heard.load(), made.load());
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(std::make_tuple(rows[0].behind, rows[0].lost, rows[0].parked, rows[0].dead),
              std::make_tuple(0u, 0u, 0u, 0u));
}

TEST_F(threads, ASecondProcessGoesOnWhereTheFirstEnded)
{
    std::atomic<int> calls = 0, mails = 0, made = 0;
    auto d = flaky(calls, mails);
    for (int life = 1; life != 4; ++life) {
        machine m(d, directory);
        auto end = start(*m.first, order_many(*m.at, life, made));
        end.get();
        std::map<std::string, std::string> ledger;
        std::map<std::string, std::uint64_t> shop;
        std::vector<audit_row> rows;
        start(*m.first, count_all(*m.at, ledger, shop, rows)).get();
        EXPECT_EQ(made.load(), life * orders_per_client);
        ASSERT_EQ(rows.size(), 1u);
        EXPECT_EQ(std::make_tuple(rows[0].behind, rows[0].lost, rows[0].parked), std::make_tuple(0u, 0u, 0u));
        EXPECT_EQ(m.at->counted().duplicates, 0u) << "an orderly end replays nothing";
    }
    EXPECT_EQ(mails.load(), made.load());
}

} // namespace

} // namespace edm::delivery_tests
