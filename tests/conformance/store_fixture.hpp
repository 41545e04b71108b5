#pragma once

#include "stores.hpp"

namespace edm::conformance {

/// A store of the service `shop` with the databases 0 (indexed by `colour` and `size`) and 1.
class store_conformance : public ::testing::TestWithParam<store_kind>
{
  protected:
    store_conformance() : home_(GetParam().make()) { open(); }
    ~store_conformance() override { close(); }

    void open()
    {
        engine_ = home_->engine();
        store_ = engine_->open("shop", {{"things", {"colour", "size"}}, {"others", {}}});
    }
    void close()
    {
        if (store_)
            store_->close();
        store_.reset();
        engine_.reset();
    }
    void reopen()
    {
        close();
        open();
    }

    store& at() { return *store_; }
    loaded load(std::string id, mark_key m = {}, db_id db = 0)
    {
        auto found = wait(at().load(db, std::move(id), m));
        EXPECT_TRUE(found.has_value());
        return found.value_or(loaded{});
    }
    stored<revision> commit(edm::commit c) { return wait(at().commit(std::move(c))); }
    /// Stores a value over what is there; returns the revision.
    revision put(std::string id, std::string value, std::vector<index_value> index = {})
    {
        auto before = load(id);
        auto done = commit({.id = std::move(id),
                            .expected = before.revision,
                            .value = std::move(value),
                            .envelope = before.envelope,
                            .index = std::move(index),
                            .indexed = true});
        EXPECT_TRUE(done.has_value());
        return done.value_or("");
    }
    /// Commits with one event each of `topic`, numbered.
    void publish(const std::string& id, const std::string& topic, int events)
    {
        for (int i = 0; i != events; ++i) {
            auto before = load(id);
            edm::commit c{.id = id, .expected = before.revision, .envelope = before.envelope};
            auto next = before.envelope.counter(topic).counter + 1;
            std::erase_if(c.envelope.counters, [&](const auto& one) { return one.topic == topic; });
            c.envelope.counters.push_back({topic, 1, next});
            c.events.push_back(some_event(topic, id, next, topic + id + std::to_string(next)));
            ASSERT_TRUE(commit(std::move(c)).has_value());
        }
    }
    std::vector<std::string> ids(stored<std::vector<scanned_document>> page)
    {
        std::vector<std::string> out;
        EXPECT_TRUE(page.has_value());
        if (page)
            for (auto& one : *page)
                out.push_back(one.id);
        return out;
    }

    std::unique_ptr<store_home> home_;
    std::unique_ptr<store_engine> engine_;
    std::unique_ptr<store> store_;
};

inline std::string kind_name(const ::testing::TestParamInfo<store_kind>& info)
{
    return info.param.name;
}

} // namespace edm::conformance
