#include "held.hpp"

#include <fmt/format.h>

namespace edm::store_couchdb {

namespace {

constexpr std::size_t most = 5'000, most_bytes = 32 << 20;

std::string place_of(db_id db, std::string_view id)
{
    return fmt::format("{}/{}", db, id);
}

/// About what it takes in memory.
std::size_t size_of(const document& d)
{
    constexpr std::size_t around = 200; // a document, a mark, an event
    auto size = around + (d.value ? d.value->value.size() : 0) + (d.text ? d.text->size() : 0);
    for (const auto& [subscription, keys] : d.marks)
        for (const auto& [key, place] : keys)
            size += around + key.size();
    for (const auto& e : d.pending)
        size += around + e.bytes.size();
    return size;
}

} // namespace

held_document held_documents::get(db_id db, std::string_view id) const
{
    std::lock_guard lock(mutex_);
    auto at = all_.find(place_of(db, id));
    return at == all_.end() ? held_document{} : at->second;
}

void held_documents::put(db_id db, held_document d)
{
    auto place = place_of(db, id_of(*d));
    std::lock_guard lock(mutex_);
    if (all_.size() >= most || bytes_ >= most_bytes) {
        all_.clear(); // whatever is needed still is read once more
        bytes_ = 0;
    }
    bytes_ += size_of(*d);
    all_.insert_or_assign(std::move(place), std::move(d));
}

void held_documents::drop(db_id db, std::string_view id)
{
    std::lock_guard lock(mutex_);
    all_.erase(place_of(db, id));
}

} // namespace edm::store_couchdb
