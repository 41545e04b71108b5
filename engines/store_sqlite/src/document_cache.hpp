#pragma once

#include <edm/store/store.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace edm::store_sqlite {

/// Documents and marks as the last durable commits left them, the absent ones too, so that what is asked for often is
/// not read from the file each time. Filled by commits, in their order, each with all its marks at once, and by reads
/// that no commit came between: what is found is always the state after some durable commit, so a document is never
/// newer than a mark beside it. Thread-safe.
class document_cache
{
  public:
    /// @param bytes about how much it may hold; 0 turns it off
    explicit document_cache(std::size_t bytes) : limit_(bytes / 2) {}

    /// The document with the mark; nothing where one of them is not held.
    std::optional<loaded> find(db_id db, std::string_view id, const mark_key& mark);
    /// From here to `settle` the file may be ahead of what is held: what is read then is not kept. By the writer alone.
    void unsettle();
    /// A commit is durable. By the writer alone, before it settles.
    void put(const edm::commit& c, const revision& now);
    void settle();
    /// Taken before a read of the file; nothing where the file may be ahead of what is held.
    std::optional<std::uint64_t> before_read();
    /// What such a read found; left alone where commits came meanwhile.
    void keep(std::uint64_t before_read, db_id db, std::string_view id, const mark_key& mark, const loaded& found);
    void clear();

  private:
    /// Not noexcept on purpose: the standard library then keeps each entry's hash instead of computing it again for
    /// every neighbour that a search passes.
    struct kept_hash
    {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    template <class T>
    using table = std::unordered_map<std::string, T, kept_hash, std::equal_to<>>;
    /// What was used since the generation began. The one before is dropped whole.
    struct generation
    {
        table<loaded> documents;
        table<sequence> marks;
    };

    template <class T>
    T* held(table<T> generation::* in, std::string_view key);
    void put_mark(const mark& m);
    void grow(std::size_t bytes);
    /// What the lock's owner frees after the lock, where the young generation is full.
    generation turned();

    std::mutex mutex_;
    std::size_t limit_;
    std::size_t size_ = 0; ///< about, of the young generation
    generation young_, old_;
    bool settled_ = true;
    std::uint64_t times_ = 0; ///< unsettled or cleared
};

} // namespace edm::store_sqlite
