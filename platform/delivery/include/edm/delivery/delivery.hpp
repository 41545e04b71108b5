#pragma once

#include <edm/bus/bus.hpp>
#include <edm/core/executor.hpp>
#include <edm/delivery/audit.hpp>
#include <edm/delivery/declarations.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace edm {

/// How often and how patiently what failed is tried again.
struct retry_policy
{
    int attempts = 8;        ///< of an event, before it is a dead letter
    milliseconds first{200}; ///< doubled each time, with jitter
    milliseconds longest{5 * 60 * 1000};
    milliseconds gap{2000};     ///< when a gap is looked at again by the sweep
    milliseconds lease{30'000}; ///< of due work, for the process that committed it
    milliseconds paused{500};   ///< before a store that was away is asked again
};

struct dead_letter
{
    parked_event parked;
    std::uint64_t waiting = 0; ///< later events of the same key that wait behind it
};

/// Due work whose attempts are used up: it stays in its document and waits for an operator.
struct exhausted_work
{
    std::string service, database, document;
    std::string item, kind;
    std::int64_t attempts = 0;
    std::string reason; ///< why the last attempt failed
};

/// The failure that stands for a store's refusal, as an endpoint answers it.
failure store_error(store_failure why);

/// The rules of delivery (DESIGN §3, rules 4–10, 14, 15), written once above the two ports: sequences, marks, parking,
/// retries, baselines, due work, audit. Thread-safe; coroutines resume on the executor that awaited.
class delivery
{
  public:
    struct parts
    {
        const declarations* declared;
        std::map<std::string, store*, std::less<>> stores; ///< by service, those that run here
        edm::bus* bus;
        std::vector<executor*> contexts; ///< a document's work runs on the one that its id hashes to
        edm::environment environment;
        retry_policy retry{};
        bool sole_owner = true;
        std::uint64_t backlog_limit = 100'000;
        milliseconds event_history = std::chrono::hours{24 * 30};
    };

    explicit delivery(parts p);
    ~delivery();

    /// Opens the bus, starts new subscriptions complete, and begins to deliver, to sweep and to do due work.
    task<> start();
    /// Stops handing out work. What runs ends by itself; `idle()` tells when.
    void stop();

    /// Runs `decide` over the document and commits what it returns, again on a conflict (at most 10 times).
    /// Fails with what `decide` failed with, or with one of `errors::` (store away, full, busy, outcome unknown).
    task<result<loaded>> update(call& on_behalf, std::string_view service, db_id db, std::string id,
                                const raw_decision& decide);
    /// Many documents, one commit each, sent together. Every id at most once.
    task<std::vector<result<loaded>>>
    update_many(call& on_behalf, std::string_view service, db_id db, std::vector<std::string> ids,
                std::function<result<raw_change>(std::size_t, const loaded&, const moment&)> decide);
    store& store_of(std::string_view service) const;

    /// Waits until `service`'s subscriptions to the topic have applied the key up to `s`; false after `limit` (0: at
    /// once, for who only asks).
    task<bool> wait_applied(std::string_view service, std::string topic, std::string key, sequence s,
                            milliseconds limit);

    /// Calls `wake` after each commit to this document of a watched database, on any process, until the handle dies.
    /// It may be called without cause, and from any thread.
    [[nodiscard]] std::shared_ptr<void> watch(std::string_view service, db_id db, std::string_view document,
                                              std::function<void()> wake);
    /// The same for every document of the database: `wake` gets the id of the one that was committed.
    [[nodiscard]] std::shared_ptr<void> watch_all(std::string_view service, db_id db,
                                                  std::function<void(std::string_view document)> wake);

    /// Whether requests of `service` that would publish are to be refused now (rule 13).
    bool overloaded(std::string_view service) const;

    /// Of the subscriptions both of whose ends run here.
    task<std::vector<audit_row>> audit();
    /// What this process has of either end. It must not outlive this.
    std::unique_ptr<audit_side> audited_here() const;
    task<std::vector<dead_letter>> dead_letters(std::string subscription);
    task<result<nothing>> retry(std::string subscription, std::string key);
    task<result<nothing>> discard(std::string subscription, std::string key);
    /// Returns when the present state of every key is applied or parked, by whichever process is given it.
    task<result<nothing>> rebuild(std::string subscription);
    /// Throws std::runtime_error where a store is away, so that no list is taken for complete that is not.
    task<std::vector<exhausted_work>> exhausted_due();
    /// Begins exhausted work anew, with all its attempts.
    task<result<nothing>> retry_due(std::string service, std::string database, std::string document, std::string item);
    /// Everything about one key: events, marks, parked, for the administrator.
    task<std::string> trail_json(std::string key);
    /// Subscriptions that a store holds and nobody declares any more, as `<service>`, `<subscription>`.
    std::vector<std::pair<std::string, std::string>> undeclared_subscriptions() const;
    task<result<nothing>> drop_subscription(std::string subscription);

    /// Resolves when nothing is on its way: all events applied or parked, no due work running. For tests and drains.
    task<> drained();

    struct statistics
    {
        std::uint64_t applied = 0, duplicates = 0, parked = 0, dead = 0, retried = 0, conflicts = 0, due_done = 0,
                      due_exhausted = 0;
    };
    statistics counted() const;

    class impl; ///< of this module alone

  private:
    std::unique_ptr<impl> impl_;
};

} // namespace edm
