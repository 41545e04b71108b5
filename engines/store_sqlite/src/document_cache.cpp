#include "document_cache.hpp"

#include <utility>

namespace edm::store_sqlite {

namespace {

constexpr std::size_t overhead = 160; // of an entry: node, bucket, the struct

/// The key of a table, made in a buffer of this thread.
std::string_view document_name(db_id db, std::string_view id)
{
    thread_local std::string name;
    name.assign({static_cast<char>(db & 0xff), static_cast<char>(db >> 8)});
    name += id;
    return name;
}

std::string_view mark_name(std::string_view subscription, std::string_view key)
{
    thread_local std::string name;
    name.assign(subscription);
    name += '\n';
    name += key;
    return name;
}

std::size_t size_of(const loaded& document)
{
    auto size = overhead + sizeof(loaded) + (document.value ? document.value->size() : 0);
    for (const auto& c : document.envelope.counters)
        size += sizeof c + c.topic.size();
    for (const auto& d : document.envelope.due)
        size += sizeof d + d.id.size() + d.kind.size() + d.payload.size() + d.traceparent.size() + d.reason.size();
    return size;
}

} // namespace

/// An entry that is used moves to the young generation.
template <class T>
T* document_cache::held(table<T> generation::* in, std::string_view key)
{
    auto& young = young_.*in;
    if (auto at = young.find(key); at != young.end())
        return &at->second;
    auto& old = old_.*in;
    auto at = old.find(key);
    if (at == old.end())
        return nullptr;
    auto moved = young.insert(old.extract(at));
    if constexpr (std::is_same_v<T, loaded>)
        grow(size_of(moved.position->second) + key.size());
    else
        grow(overhead + key.size());
    return &moved.position->second;
}

/// Counts; the generations change in `turned`, where nobody holds a pointer.
void document_cache::grow(std::size_t bytes)
{
    size_ += bytes;
}

std::optional<loaded> document_cache::find(db_id db, std::string_view id, const mark_key& mark)
{
    std::lock_guard lock(mutex_);
    auto* document = held(&generation::documents, document_name(db, id));
    if (!document)
        return {};
    if (mark.subscription.empty())
        return *document;
    auto* place = held(&generation::marks, mark_name(mark.subscription, mark.key));
    if (!place)
        return {};
    std::optional<loaded> out{*document};
    out->mark = *place;
    return out;
}

void document_cache::put_mark(const mark& m)
{
    auto name = mark_name(m.subscription, m.key);
    if (auto* place = held(&generation::marks, name)) {
        *place = m.sequence;
        return;
    }
    young_.marks.emplace(std::string{name}, m.sequence);
    grow(overhead + name.size());
}

void document_cache::put(const edm::commit& c, const revision& now)
{
    if (limit_ == 0)
        return;
    generation dropped; // freed after the lock
    std::lock_guard lock(mutex_);
    for (const auto& m : c.marks)
        put_mark(m);
    auto name = document_name(c.db, c.id);
    auto* document = held(&generation::documents, name);
    if (!document) {
        if (std::holds_alternative<keep_value>(c.value))
            return; // the value was never seen here
        document = &young_.documents.emplace(std::string{name}, loaded{}).first->second;
        grow(overhead + name.size() + sizeof(loaded));
    }
    auto before = size_of(*document);
    if (auto* value = std::get_if<std::string>(&c.value))
        document->value = *value;
    else if (std::holds_alternative<erase_value>(c.value))
        document->value.reset();
    document->revision = now;
    document->envelope = c.envelope;
    auto after = size_of(*document);
    size_ += after > before ? after - before : 0;
    dropped = turned();
}

document_cache::generation document_cache::turned()
{
    if (size_ < limit_)
        return {};
    size_ = 0;
    return std::exchange(old_, std::exchange(young_, {}));
}

void document_cache::unsettle()
{
    std::lock_guard lock(mutex_);
    settled_ = false;
    ++times_;
}

void document_cache::settle()
{
    std::lock_guard lock(mutex_);
    settled_ = true;
}

std::optional<std::uint64_t> document_cache::before_read()
{
    std::lock_guard lock(mutex_);
    return settled_ && limit_ != 0 ? std::optional{times_} : std::nullopt;
}

void document_cache::keep(std::uint64_t before_read, db_id db, std::string_view id, const mark_key& mark,
                          const loaded& found)
{
    generation dropped; // freed after the lock
    std::lock_guard lock(mutex_);
    if (before_read != times_)
        return;
    if (!mark.subscription.empty())
        put_mark({std::string{mark.subscription}, std::string{mark.key}, found.mark});
    auto name = document_name(db, id);
    if (!held(&generation::documents, name)) {
        auto& document = young_.documents.emplace(std::string{name}, found).first->second;
        document.mark = {}; // held by itself
        grow(size_of(document) + name.size());
    }
    dropped = turned();
}

void document_cache::clear()
{
    std::lock_guard lock(mutex_);
    ++times_;
    young_ = {};
    old_ = {};
    size_ = 0;
}

} // namespace edm::store_sqlite
