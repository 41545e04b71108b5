#include "held.hpp"

#include <gtest/gtest.h>

namespace edm::store_couchdb {

namespace {

constexpr std::size_t large = 1 << 20, many = 40; // together more than is held

/// Puts many documents with this part; whether the first one is held still.
bool holds_many(const document& like)
{
    held_documents held;
    for (std::size_t i = 0; i != many; ++i) {
        auto d = std::make_shared<document>(like);
        d->_id = "d:" + std::to_string(i);
        held.put(0, std::move(d));
    }
    return held.get(0, "0") != nullptr;
}

TEST(couchdb_held, CountsWhatADocumentConsistsOf)
{
    document value, marks, pending;
    EXPECT_TRUE(holds_many({}));
    value.text = std::string(large, 'x');
    EXPECT_FALSE(holds_many(value));
    for (char first : {'a', 'b'})
        marks.marks["s"][first + std::string(large / 2, 'x')] = "1.1";
    EXPECT_FALSE(holds_many(marks));
    pending.pending.push_back({"t", "1.1", std::string(large, 'x'), 1});
    EXPECT_FALSE(holds_many(pending));
}

} // namespace

} // namespace edm::store_couchdb
