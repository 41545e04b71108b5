#pragma once

#include <edm/core/text.hpp>
#include <edm/delivery/delivery.hpp>

#include <atomic>
#include <deque>
#include <list>
#include <mutex>
#include <set>
#include <unordered_map>

namespace edm {

class subscriber;

/// What delivery knows of one service that runs here.
struct service_state
{
    std::string name;
    edm::store* store = nullptr;
    std::vector<const database_declaration*> databases; ///< by db_id
    time_point pruned{};                                ///< when nothing old was left in the log
};

/// A coroutine that waits for an event to be applied; fired once, on the executor that it waits on.
struct applied_waiter
{
    edm::sequence sequence;
    executor* home = nullptr;
    std::coroutine_handle<> waiting;
    bool fired = false; ///< touched on `home` alone
    bool applied = false;
};

class delivery::impl
{
  public:
    explicit impl(parts p);
    ~impl();

    task<> start();
    void stop();

    // update.cpp: the path of a commit
    task<result<loaded>> update(call& c, service_state& s, db_id db, std::string id, const raw_decision& decide);
    task<std::vector<result<loaded>>>
    update_many(call& c, service_state& s, db_id db, std::vector<std::string> ids,
                std::function<result<raw_change>(std::size_t, const loaded&, const moment&)> decide);
    /// Puts a decision, numbered and encoded, into a commit on the document that was read.
    edm::commit assemble(service_state& s, db_id db, std::string id, const loaded& before, raw_change decided,
                         const observability::trace_context& trace) const;
    /// Whether there is anything for `committed` to do.
    static bool has_effects(const service_state& s, const edm::commit& c)
    {
        return c.due_changed || s.databases[c.db]->watched;
    }
    /// After a commit is durable: begins the due work that it decided, wakes watchers.
    void committed(service_state& s, const edm::commit& c, const loaded& before);
    bool overloaded(std::string_view service);

    // due_work.cpp
    struct due_key
    {
        std::string service;
        db_id db;
        std::string document, item;
        auto operator<=>(const due_key&) const = default;
    };
    void schedule_due(service_state& s, db_id db, const std::string& document, const due_item& item);
    task<> run_due(due_key key, bool claim);
    task<> do_due(service_state& s, due_key key, due_item item, bool claimed);
    task<std::optional<due_item>> claim_due(service_state& s, due_key key);
    task<> sweep_due(service_state& s);
    task<> take_over_due(service_state& s);
    task<result<nothing>> retry_due(service_state& s, due_key key);
    task<result<loaded>> rewrite_due(call& c, service_state& s, db_id db, std::string document,
                                     std::function<bool(std::vector<due_item>&)> change);

    // lost_logs.cpp
    task<> look_for_lost_logs();

    // baseline.cpp
    task<> make_baseline(baseline_request wanted);
    task<> take_over_names(service_state& s, const subscription_declaration& to);
    task<result<nothing>> rebuild(subscriber& to);
    void go_on_rebuilding(subscriber& to);

    // sweep.cpp
    void sweep_later();
    task<> sweep();
    task<> sweep_parked(service_state& s);
    std::uint64_t read_by_all(const service_state& s) const;
    task<> prune(service_state& s);

    // waiting.cpp
    task<bool> wait_applied(std::string_view service, std::string topic, std::string key, edm::sequence s,
                            milliseconds limit);
    void notify_applied(std::string_view subscription, std::string_view key, edm::sequence s);
    using watcher = std::function<void(std::string_view document)>;
    std::shared_ptr<void> watch(std::string_view service, db_id db, std::string_view document, watcher wake);
    void wake_watchers(std::string_view message);
    /// How a broadcast names a document; the service may run elsewhere.
    static std::string message_of(std::string_view service, db_id db, std::string_view document);
    task<> drained();
    bool idle();
    void begin_work() { active_.fetch_add(1); }
    void end_work();
    /// Counts as work on its way while it lives.
    struct working
    {
        explicit working(impl& i) : at(i) { at.begin_work(); }
        ~working() { at.end_work(); }
        working(const working&) = delete;
        impl& at;
    };

    service_state& state(std::string_view service);
    executor& context_of(std::string_view document) const
    {
        return *parts_.contexts[std::hash<std::string_view>{}(document) % parts_.contexts.size()];
    }
    std::size_t shard_of(std::string_view document) const
    {
        return std::hash<std::string_view>{}(document) % parts_.contexts.size();
    }
    moment now() const { return {parts_.environment.now(), parts_.environment.random}; }
    std::int64_t now_ms() const { return parts_.environment.now().time_since_epoch().count(); }
    /// Exponential backoff with jitter (half to whole), in milliseconds.
    std::int64_t backoff(std::int64_t attempts) const;
    const due_declaration* due_kind(std::string_view service, std::string_view kind) const;

    parts parts_;
    const std::int64_t began_ms_ = now_ms();
    std::map<std::string, service_state, std::less<>> services_;
    std::map<std::string, std::unique_ptr<subscriber>, std::less<>> subscribers_;
    std::atomic<bool> stopped_{false};
    std::atomic<std::int64_t> active_{0};

    std::atomic<std::uint64_t> applied_{0}, duplicates_{0}, parked_{0}, dead_{0}, retried_{0}, conflicts_{0},
        due_done_{0}, due_exhausted_{0};

    std::mutex due_mutex_;
    struct due_slot
    {
        std::int64_t at = 0;          ///< when it begins here
        std::int64_t lease_until = 0; ///< of the decision that began it here: another lease is somebody else's
        bool running = false;
        std::optional<due_item> again; ///< decided anew while it ran
    };
    std::map<due_key, due_slot> due_here_; ///< scheduled or running in this process

    std::mutex waiters_mutex_;
    std::atomic<std::size_t> waiter_count_{0};
    std::map<std::pair<std::string, std::string>, std::vector<std::shared_ptr<applied_waiter>>> waiters_;
    std::vector<std::shared_ptr<applied_waiter>> idle_waiters_;

    std::mutex watch_mutex_;
    std::map<std::string, std::list<std::weak_ptr<watcher>>, std::less<>> watches_;
    std::size_t sweep_watches_at_ = 1024; ///< of names, then those that nobody watches any more go

    std::mutex overload_mutex_;
    std::map<std::string, std::pair<std::int64_t, bool>, std::less<>> overload_;
};

} // namespace edm
