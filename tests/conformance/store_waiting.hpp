#pragma once

#include "store_fixture.hpp"

namespace edm::conformance {

/// What waits in a store beside documents: parked events and due work, and the listings of the audit.
class store_waiting : public store_conformance
{
  protected:
    void park(std::string subscription, std::string key, sequence s, std::int64_t next_at = 100)
    {
        parked_event e{.subscription = subscription, .key = key, .sequence = s, .next_at = next_at, .reason = "r"};
        e.event = some_event("t", key, s.counter, subscription + key + s.text());
        ASSERT_TRUE(wait(at().park(e)));
    }
    std::vector<std::string> parked(parked_filter f = {}, std::optional<parked_event> after = {}, std::size_t n = 100)
    {
        std::vector<std::string> out;
        auto page = wait(at().parked(f, after, n));
        EXPECT_TRUE(page);
        if (page)
            for (auto& e : *page)
                out.push_back(e.subscription + " " + e.key + " " + std::to_string(e.sequence.epoch) + "." +
                              std::to_string(e.sequence.counter));
        return out;
    }
    void due(std::string id, std::vector<due_item> items)
    {
        auto before = load(id);
        edm::commit c{.id = id, .expected = before.revision, .envelope = before.envelope, .due_changed = true};
        c.envelope.due = std::move(items);
        ASSERT_TRUE(commit(std::move(c)));
    }
    static std::vector<std::string> names(const stored<std::vector<due_entry>>& entries)
    {
        std::vector<std::string> out;
        for (const auto& e : entries.value())
            out.push_back(e.document + "/" + e.item + "@" + std::to_string(e.at));
        return out;
    }
};

} // namespace edm::conformance
