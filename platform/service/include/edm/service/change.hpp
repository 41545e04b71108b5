#pragma once

#include <edm/core/result.hpp>
#include <edm/delivery/declarations.hpp>
#include <edm/describe/describe.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edm {

/// What a pure function decided about one document: its new value (or to keep or erase it), the events that this
/// causes, and work outside the store. All of it becomes one commit.
template <class T>
class change
{
  public:
    /// The document's new value.
    change(T value) : value_(std::move(value)) {}
    /// Nothing changes. With events or due work it is still a commit.
    static change keep() { return change{keep_value{}}; }
    /// The value goes; id, counters and marks stay.
    static change erase() { return change{erase_value{}}; }

    /// Publishes an event; its key is the document's id.
    template <class E>
    change& publish(const E& event)
    {
        raw_.events.push_back({std::string{E::topic}, encode(event)});
        return *this;
    }
    /// Work outside the store, done by the declared `kind` once `at` has come; replaces an item of the same id.
    template <class P>
    change& later(std::string item, std::string_view kind, const P& payload, time_point at)
    {
        raw_.due.push_back({.id = std::move(item),
                            .kind = std::string{kind},
                            .at = at.time_since_epoch().count(),
                            .payload = encode(payload)});
        return *this;
    }
    /// Work that the caller of this commit does itself, at once: the platform only takes over when it dies.
    template <class P>
    change& mine(std::string item, std::string_view kind, const P& payload, time_point now)
    {
        later(std::move(item), kind, payload, now);
        raw_.due.back().lease_until = held_by_committer;
        return *this;
    }
    /// Clears due work.
    change& done(std::string item)
    {
        raw_.done.push_back(std::move(item));
        return *this;
    }

    /// `lease_until` of work that the committer holds; delivery puts the lease's end in its place.
    static constexpr std::int64_t held_by_committer = -1;

    const T* value() const { return std::get_if<T>(&value_); }
    bool kept() const { return std::holds_alternative<keep_value>(value_); }
    bool erased() const { return std::holds_alternative<erase_value>(value_); }
    const raw_change& raw() const { return raw_; }

  private:
    explicit change(keep_value k) : value_(k) {}
    explicit change(erase_value e) : value_(e) {}

    std::variant<keep_value, erase_value, T> value_;
    raw_change raw_;

    template <class>
    friend class document_codec;
};

/// How documents of one database are read and written: their schema version, the upgrades that lift old ones, and the
/// indexes that list them.
template <class T>
class document_codec
{
  public:
    using upgrade = std::function<std::string(std::string json)>;

    std::int64_t schema() const { return 1 + static_cast<std::int64_t>(upgrades_.size()); }
    /// `lift` turns a document of the newest version so far into the next one.
    void add_upgrade(upgrade lift) { upgrades_.push_back(std::move(lift)); }
    void add_index(std::string name, std::function<std::string(const T&)> value)
    {
        indexes_.emplace_back(std::move(name), std::move(value));
    }

    /// The document's value; none where it is absent or erased. Throws where it is newer than this program, or damaged.
    std::optional<T> read(const loaded& document) const
    {
        if (!document.value)
            return {};
        T value{};
        if (document.envelope.schema == schema()) {
            decode_stored(value, *document.value);
            return value;
        }
        if (document.envelope.schema > schema())
            throw std::runtime_error("a document was written by a newer version of this program");
        std::string json = *document.value;
        for (auto version = document.envelope.schema; version < schema(); ++version)
            json = upgrades_[static_cast<std::size_t>(version - 1)](std::move(json));
        decode_stored(value, json);
        return value;
    }

    raw_change write(change<T> decided) const
    {
        raw_change raw = std::move(decided.raw_);
        if (auto* value = std::get_if<T>(&decided.value_)) {
            for (const auto& [name, of] : indexes_)
                raw.index.push_back({name, of(*value)});
            raw.value = encode(*value);
        } else if (decided.erased()) {
            raw.value = erase_value{};
        } else {
            raw.value = keep_value{};
        }
        return raw;
    }

  private:
    static void decode_stored(T& value, std::string_view json)
    {
        auto violations = decode_into(value, json, {.lenient = true});
        if (!violations.empty())
            throw std::runtime_error("a stored document does not decode: " + violations.front().msg);
    }

    std::vector<upgrade> upgrades_;
    std::vector<std::pair<std::string, std::function<std::string(const T&)>>> indexes_;
};

} // namespace edm
