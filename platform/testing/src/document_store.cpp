#include <edm/testing/document_store.hpp>

#include <algorithm>

namespace edm::testing {

namespace {

class document_store final : public store
{
  public:
    document_store(std::shared_ptr<document_disk> disk, std::shared_ptr<store_faults> faults)
        : disk_(std::move(disk)), faults_(std::move(faults)), notes_(disk_->notes)
    {
    }

    task<stored<loaded>> load(db_id db, std::string id, mark_key m) override
    {
        if (away())
            co_return std::unexpected(store_failure::away);
        std::lock_guard lock(disk_->mutex);
        loaded out;
        auto at = disk_->documents.find({db, id});
        if (at == disk_->documents.end())
            co_return out;
        out = view(at->second);
        for (const auto& name : names_of(std::string{m.subscription}))
            if (auto found = at->second.marks.find({name, std::string{m.key}}); found != at->second.marks.end())
                out.mark = std::max(out.mark, found->second);
        co_return out;
    }

    task<stored<revision>> commit(edm::commit c) override
    {
        auto outcome = put(c);
        if (outcome && !c.events.empty())
            announce();
        co_return outcome;
    }
    task<std::vector<stored<revision>>> commit_many(std::vector<edm::commit> commits) override
    {
        std::vector<stored<revision>> out;
        bool events = false;
        for (auto& c : commits) {
            out.push_back(put(c));
            events |= out.back() && !c.events.empty();
        }
        if (events)
            announce();
        co_return out;
    }

    task<stored<std::vector<scanned_document>>> scan(db_id db, std::string after, std::size_t n) override
    {
        if (away())
            co_return std::unexpected(store_failure::away);
        co_return list(db, after, n, [](const auto&) { return true; });
    }
    task<stored<std::vector<scanned_document>>> find(db_id db, std::string index, std::string value, std::string after,
                                                     std::size_t n) override
    {
        co_return list(db, after, n, [&](const document_disk::stored_document& d) {
            return std::any_of(d.index.begin(), d.index.end(),
                               [&](const auto& i) { return i.index == index && i.value == value; });
        });
    }

    task<stored<nothing>> park(parked_event e) override
    {
        if (auto failed = write_fails())
            co_return std::unexpected(*failed);
        {
            std::lock_guard lock(disk_->mutex);
            disk_->parked.insert_or_assign({e.subscription, e.key, e.sequence}, e);
            flush_notes();
        }
        written();
        co_return nothing{};
    }
    task<stored<nothing>> unpark(std::string subscription, std::string key, sequence s) override
    {
        if (auto failed = write_fails())
            co_return std::unexpected(*failed);
        {
            std::lock_guard lock(disk_->mutex);
            disk_->parked.erase({subscription, key, s});
            flush_notes();
        }
        written();
        co_return nothing{};
    }
    task<stored<std::vector<parked_event>>> parked(parked_filter f, std::optional<parked_event> after,
                                                   std::size_t n) override
    {
        if (away())
            co_return std::unexpected(store_failure::away);
        std::lock_guard lock(disk_->mutex);
        std::vector<parked_event> out;
        for (const auto& [place, e] : disk_->parked) {
            if (after && place <= std::tuple{after->subscription, after->key, after->sequence})
                continue;
            if ((!f.subscription.empty() && e.subscription != f.subscription) || (!f.key.empty() && e.key != f.key))
                continue;
            if ((f.due_before && (e.next_at < 0 || e.next_at > *f.due_before)) || (f.dead_only && e.next_at >= 0))
                continue;
            out.push_back(e);
            if (out.size() == n)
                break;
        }
        co_return out;
    }
    bool may_have_parked(std::string_view) const override
    {
        std::lock_guard lock(disk_->mutex);
        return !disk_->parked.empty();
    }

    task<stored<std::vector<due_entry>>> due_before(std::int64_t until, std::size_t n) override
    {
        co_return due([&](std::int64_t at) { return at >= 0 && at <= until; }, n);
    }
    task<stored<std::vector<due_entry>>> exhausted(std::size_t n) override
    {
        co_return due([](std::int64_t at) { return at < 0; }, n);
    }

    task<stored<nothing>> adopt(std::string subscription, std::vector<std::string> formerly) override
    {
        // A document that waits is one of its own, so it can be written anew; marks are found where they lie.
        for (const auto& former : formerly) {
            auto waiting = co_await parked({.subscription = former}, {}, SIZE_MAX);
            if (!waiting)
                co_return std::unexpected(waiting.error());
            for (auto& e : *waiting) {
                e.subscription = subscription;
                auto moved = co_await park(e);
                if (moved)
                    moved = co_await unpark(former, e.key, e.sequence);
                if (!moved)
                    co_return std::unexpected(moved.error());
            }
        }
        formerly_.insert_or_assign(std::move(subscription), std::move(formerly));
        co_return nothing{};
    }
    task<stored<std::vector<mark>>> marks(std::string subscription, std::string after, std::size_t n) override
    {
        std::lock_guard lock(disk_->mutex);
        std::map<std::string, sequence> all;
        const auto names = names_of(subscription);
        for (const auto& [id, d] : disk_->documents)
            for (const auto& [who, s] : d.marks)
                if (who.second > after && std::find(names.begin(), names.end(), who.first) != names.end())
                    all[who.second] = std::max(all[who.second], s);
        std::vector<mark> out;
        for (const auto& [key, s] : all) {
            if (out.size() == n)
                break;
            out.push_back({subscription, key, s});
        }
        co_return out;
    }
    task<stored<std::vector<counter_entry>>> counters(db_id db, std::string topic, std::string after,
                                                      std::size_t n) override
    {
        std::lock_guard lock(disk_->mutex);
        std::vector<counter_entry> out;
        for (auto at = disk_->documents.upper_bound({db, after}); at != disk_->documents.end() && at->first.first == db;
             ++at) {
            auto s = at->second.envelope.counter(topic);
            if (s.counter != 0)
                out.push_back({at->first.second, s});
            if (out.size() == n)
                break;
        }
        co_return out;
    }

    task<stored<std::vector<logged_event>>> pending(std::uint64_t position, std::size_t n) override
    {
        if (away())
            co_return std::unexpected(store_failure::away);
        std::lock_guard lock(disk_->mutex);
        relay();
        std::vector<logged_event> out;
        for (auto at = disk_->events.upper_bound(position); at != disk_->events.end() && out.size() != n; ++at)
            out.push_back({at->first, at->second});
        co_return out;
    }
    task<stored<std::vector<logged_event>>> history(std::string key, std::size_t n) override
    {
        std::lock_guard lock(disk_->mutex);
        relay();
        std::vector<logged_event> out;
        for (const auto& [position, e] : disk_->events)
            if (e->key == key && out.size() != n)
                out.push_back({position, e});
        co_return out;
    }
    std::uint64_t tail() const override
    {
        std::lock_guard lock(disk_->mutex);
        return disk_->last_position;
    }
    task<stored<std::size_t>> prune(std::uint64_t, time_point, std::size_t) override { co_return std::size_t{0}; }

    void note(std::string name, std::int64_t value) override
    {
        std::lock_guard lock(disk_->mutex);
        notes_[name] = value;
        dirty_notes_[std::move(name)] = value;
    }
    task<stored<nothing>> note_now(std::string name, std::optional<std::int64_t> value) override
    {
        if (auto failed = write_fails())
            co_return std::unexpected(*failed);
        {
            std::lock_guard lock(disk_->mutex);
            flush_notes();
            disk_->notes.erase(name);
            notes_.erase(name);
            if (value)
                notes_[name] = disk_->notes[name] = *value;
        }
        written();
        co_return nothing{};
    }
    std::optional<std::int64_t> noted(std::string_view name) const override
    {
        std::lock_guard lock(disk_->mutex);
        auto at = notes_.find(std::string{name});
        return at == notes_.end() ? std::optional<std::int64_t>{} : at->second;
    }
    std::map<std::string, std::int64_t> notes() const override
    {
        std::lock_guard lock(disk_->mutex);
        return notes_;
    }
    std::uint32_t epoch() const override { return disk_->epoch; }
    task<stored<nothing>> begin_epoch(std::uint32_t epoch) override
    {
        disk_->epoch = epoch;
        co_return nothing{};
    }
    void on_committed(std::function<void()> hint) override { hint_ = std::move(hint); }
    std::optional<std::string> trouble() const override
    {
        return away() ? std::optional<std::string>{"the store is away"} : std::nullopt;
    }
    bool short_of_room() const override { return faults_ && faults_->short_of_room.load(); }
    counts counted() const override
    {
        std::lock_guard lock(disk_->mutex);
        return {commits_, commits_, disk_->last_position};
    }
    void close() override
    {
        std::lock_guard lock(disk_->mutex);
        flush_notes();
    }

  private:
    static loaded view(const document_disk::stored_document& d)
    {
        return {std::to_string(d.revision), d.value, d.envelope, {}};
    }

    /// The present name first.
    std::vector<std::string> names_of(const std::string& subscription) const
    {
        std::vector<std::string> names{subscription};
        if (auto at = formerly_.find(subscription); at != formerly_.end())
            names.insert(names.end(), at->second.begin(), at->second.end());
        return names;
    }

    bool away() const { return faults_ && faults_->away.load(); }

    std::optional<store_failure> write_fails()
    {
        if (!faults_)
            return {};
        if (away())
            return store_failure::away;
        auto write = ++faults_->writes;
        return faults_->before ? faults_->before(write) : std::nullopt;
    }
    void written()
    {
        if (faults_ && faults_->after)
            faults_->after(faults_->writes);
    }

    stored<revision> put(const edm::commit& c)
    {
        if (auto failed = write_fails())
            return std::unexpected(*failed);
        std::uint64_t now;
        {
            std::lock_guard lock(disk_->mutex);
            auto at = disk_->documents.find({c.db, c.id});
            if (c.expected != (at == disk_->documents.end() ? revision{} : std::to_string(at->second.revision)))
                return std::unexpected(store_failure::conflict);
            auto& d = disk_->documents[{c.db, c.id}];
            if (auto* value = std::get_if<std::string>(&c.value))
                d.value = *value;
            else if (std::holds_alternative<erase_value>(c.value))
                d.value.reset();
            if (!std::holds_alternative<keep_value>(c.value))
                d.index = c.index;
            d.envelope = c.envelope;
            for (const auto& m : c.marks) {
                for (const auto& name : names_of(m.subscription))
                    d.marks.erase({name, m.key});
                d.marks[{m.subscription, m.key}] = m.sequence;
            }
            for (const auto& e : c.events)
                d.pending.emplace_back(++disk_->last_position, e);
            now = ++d.revision;
            ++commits_;
            flush_notes();
        }
        written();
        return std::to_string(now);
    }

    /// Copies pending events into the archive, then prunes them: which moves the document's revision.
    void relay()
    {
        for (auto& [id, d] : disk_->documents) {
            if (d.pending.empty())
                continue;
            for (auto& [position, e] : d.pending)
                disk_->events.emplace(position, e);
            d.pending.clear();
            ++d.revision;
        }
    }

    /// Notes ride on the write that is made.
    void flush_notes()
    {
        for (const auto& [name, value] : dirty_notes_)
            disk_->notes[name] = value;
        dirty_notes_.clear();
    }

    void announce()
    {
        if (hint_)
            hint_();
    }

    template <class Keep>
    std::vector<scanned_document> list(db_id db, const std::string& after, std::size_t n, Keep keep)
    {
        std::lock_guard lock(disk_->mutex);
        std::vector<scanned_document> out;
        for (auto at = disk_->documents.upper_bound({db, after});
             at != disk_->documents.end() && at->first.first == db && out.size() != n; ++at)
            if (keep(at->second))
                out.push_back({at->first.second, view(at->second)});
        return out;
    }

    template <class Keep>
    std::vector<due_entry> due(Keep keep, std::size_t n)
    {
        std::lock_guard lock(disk_->mutex);
        std::vector<due_entry> out;
        for (const auto& [id, d] : disk_->documents)
            for (const auto& item : d.envelope.due) {
                auto at = item.at < 0 ? item.at : std::max(item.at, item.lease_until);
                if (keep(at))
                    out.push_back({id.first, id.second, item.id, at});
            }
        std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
        if (out.size() > n)
            out.resize(n);
        return out;
    }

    std::shared_ptr<document_disk> disk_;
    std::shared_ptr<store_faults> faults_;
    std::function<void()> hint_;
    std::uint64_t commits_ = 0;
    std::map<std::string, std::int64_t> notes_, dirty_notes_;
    std::map<std::string, std::vector<std::string>> formerly_;
};

} // namespace

std::unique_ptr<store> make_document_store(std::shared_ptr<document_disk> disk, std::shared_ptr<store_faults> faults)
{
    return std::make_unique<document_store>(std::move(disk), std::move(faults));
}

} // namespace edm::testing
