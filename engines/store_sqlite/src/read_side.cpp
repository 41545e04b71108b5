#include "envelope_json.hpp"
#include "file.hpp"

namespace edm::store_sqlite {

namespace {

/// Ends the read transaction however the function is left.
struct reading
{
    statement& s;
    explicit reading(statement& one) : s(one) {}
    reading(const reading&) = delete;
    ~reading() { s.reset(); }
};

} // namespace

read_side::read_side(const std::filesystem::path& file, name_table& names)
    : c_(file, false), names_(names),
      load_(c_, "SELECT revision, value, envelope FROM document WHERE db = ?1 AND id = ?2"),
      mark_(c_, "SELECT epoch, counter FROM mark WHERE subscription = ?1 AND key = ?2"),
      scan_(c_, "SELECT id, revision, value, envelope FROM document WHERE db = ?1 AND id > ?2 ORDER BY id LIMIT ?3"),
      find_(c_, "SELECT d.id, d.revision, d.value, d.envelope FROM listed l JOIN document d ON d.number = l.document "
                "WHERE l.ix = ?1 AND l.value = ?2 AND l.id > ?3 ORDER BY l.id LIMIT ?4"),
      parked_(c_,
              "SELECT subscription, key, epoch, counter, baseline, gap, attempts, next_at, parked_at, reason, topic, "
              "bytes FROM parked WHERE (?1 = '' OR subscription = ?1) AND (?2 = '' OR key = ?2) AND "
              "(?3 < 0 OR (next_at >= 0 AND next_at <= ?3)) AND (?4 = 0 OR next_at < 0) AND "
              "(subscription, key, epoch, counter) > (?5, ?6, ?7, ?8) "
              "ORDER BY subscription, key, epoch, counter LIMIT ?9"),
      parked_of_key_(
          c_, "SELECT subscription, key, epoch, counter, baseline, gap, attempts, next_at, parked_at, reason, "
              "topic, bytes FROM parked WHERE subscription = ?1 AND key = ?2 AND (epoch, counter) > (?3, ?4) AND "
              "(?5 < 0 OR (next_at >= 0 AND next_at <= ?5)) AND (?6 = 0 OR next_at < 0) "
              "ORDER BY epoch, counter LIMIT ?7"),
      due_(c_, "SELECT db, document, item, at FROM due WHERE at >= ?1 AND at <= ?2 ORDER BY at LIMIT ?3"),
      marks_(c_, "SELECT key, epoch, counter FROM mark WHERE subscription = ?1 AND key > ?2 ORDER BY key LIMIT ?3"),
      pending_(c_, "SELECT position, topic, key, epoch, counter, bytes FROM event WHERE position > ?1 "
                   "ORDER BY position LIMIT ?2"),
      history_(c_, "SELECT position, topic, key, epoch, counter, bytes FROM event WHERE position > ?1 AND key = ?2 "
                   "ORDER BY position LIMIT ?3")
{
}

loaded read_side::read_document(statement& s, int first_column)
{
    loaded out;
    out.revision = s.text(first_column);
    if (!s.null(first_column + 1))
        out.value = s.text(first_column + 1);
    out.envelope = read_envelope(s.text(first_column + 2));
    return out;
}

loaded read_side::load(db_id db, std::string_view id, mark_key m)
{
    loaded out;
    // The document first: a commit between the two reads then shows as a newer mark with an old revision, which the
    // compare-and-swap refuses. The other way round, an event could be applied twice.
    {
        reading document_read(load_);
        load_.bind(db, id);
        if (load_.step())
            out = read_document(load_, 0);
    }
    if (!m.subscription.empty()) {
        if (auto subscription = names_.find("subscription", m.subscription)) {
            reading mark_read(mark_);
            mark_.bind(subscription, m.key);
            if (mark_.step())
                out.mark = {static_cast<std::uint32_t>(mark_.integer(0)), static_cast<std::uint64_t>(mark_.integer(1))};
        }
    }
    return out;
}

std::vector<scanned_document> read_side::scan(db_id db, std::string_view after, std::size_t n)
{
    std::vector<scanned_document> out;
    reading r(scan_);
    scan_.bind(db, after, static_cast<std::int64_t>(n));
    while (scan_.step())
        out.push_back({scan_.text(0), read_document(scan_, 1)});
    return out;
}

std::vector<scanned_document> read_side::find(db_id db, std::string_view index, std::string_view value,
                                              std::string_view after, std::size_t n)
{
    std::vector<scanned_document> out;
    auto ix = names_.find("index", index_name(db, index));
    if (ix == 0)
        return out;
    reading r(find_);
    find_.bind(ix, value, after, static_cast<std::int64_t>(n));
    while (find_.step())
        out.push_back({find_.text(0), read_document(find_, 1)});
    return out;
}

std::vector<parked_event> read_side::parked(const parked_filter& f, const std::optional<parked_event>& after,
                                            std::size_t n)
{
    sequence s = after ? after->sequence : sequence{};
    auto due = f.due_before.value_or(-1);
    auto most = static_cast<std::int64_t>(n);
    // One key is asked for after every event while anything is parked: it has a statement that seeks.
    bool same_key = !after || (after->subscription == f.subscription && after->key == f.key);
    if (!f.subscription.empty() && !f.key.empty() && same_key) {
        parked_of_key_.bind(f.subscription, f.key, s.epoch, s.counter, due, f.dead_only, most);
        return read_parked(parked_of_key_);
    }
    std::string_view subscription = after ? std::string_view{after->subscription} : f.subscription;
    std::string_view key = after ? std::string_view{after->key} : std::string_view{};
    parked_.bind(f.subscription, f.key, due, f.dead_only, subscription, key, s.epoch, s.counter, most);
    return read_parked(parked_);
}

std::vector<parked_event> read_side::read_parked(statement& rows)
{
    std::vector<parked_event> out;
    reading r(rows);
    while (rows.step()) {
        parked_event e{
            .subscription = rows.text(0),
            .key = rows.text(1),
            .sequence = {static_cast<std::uint32_t>(rows.integer(2)), static_cast<std::uint64_t>(rows.integer(3))},
            .baseline = rows.integer(4) != 0,
            .rebuild = rows.integer(4) == 2,
            .gap = rows.integer(5) != 0,
            .attempts = rows.integer(6),
            .next_at = rows.integer(7),
            .parked_at = rows.integer(8),
            .reason = rows.text(9),
            .event = nullptr};
        e.event = std::make_shared<recorded_event>(
            recorded_event{rows.text(10), e.key, e.sequence, e.baseline, rows.text(11)});
        out.push_back(std::move(e));
    }
    return out;
}

std::vector<due_entry> read_side::due(std::int64_t from, std::int64_t until, std::size_t n)
{
    std::vector<due_entry> out;
    reading r(due_);
    due_.bind(from, until, static_cast<std::int64_t>(n));
    while (due_.step())
        out.push_back({static_cast<db_id>(due_.integer(0)), due_.text(1), due_.text(2), due_.integer(3)});
    return out;
}

std::vector<mark> read_side::marks(std::string_view subscription, std::string_view after, std::size_t n)
{
    std::vector<mark> out;
    auto number = names_.find("subscription", subscription);
    if (number == 0)
        return out;
    reading r(marks_);
    marks_.bind(number, after, static_cast<std::int64_t>(n));
    while (marks_.step())
        out.push_back({std::string{subscription},
                       marks_.text(0),
                       {static_cast<std::uint32_t>(marks_.integer(1)), static_cast<std::uint64_t>(marks_.integer(2))}});
    return out;
}

logged_event read_side::read_event(statement& s)
{
    auto e = std::make_shared<recorded_event>();
    e->topic = names_.name(s.integer(1));
    e->key = s.text(2);
    e->sequence = {static_cast<std::uint32_t>(s.integer(3)), static_cast<std::uint64_t>(s.integer(4))};
    e->bytes = s.text(5);
    return {static_cast<std::uint64_t>(s.integer(0)), std::move(e)};
}

std::vector<logged_event> read_side::pending(std::uint64_t position, std::size_t n)
{
    std::vector<logged_event> out;
    reading r(pending_);
    pending_.bind(position, static_cast<std::int64_t>(n));
    while (pending_.step())
        out.push_back(read_event(pending_));
    return out;
}

std::vector<logged_event> read_side::history(std::string_view key, std::uint64_t above, std::size_t n)
{
    std::vector<logged_event> out;
    reading r(history_);
    history_.bind(above, key, static_cast<std::int64_t>(n));
    while (history_.step())
        out.push_back(read_event(history_));
    return out;
}

} // namespace edm::store_sqlite
