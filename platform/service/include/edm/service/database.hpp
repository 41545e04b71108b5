#pragma once

#include <edm/delivery/delivery.hpp>
#include <edm/service/change.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace edm {

template <class T>
struct document
{
    std::string id;
    T value;
};

/// A database of JSON documents owned by one service. Declared as a member of the service and bound by its `declare()`.
/// Thread-safe once bound. Every function fails with `errors::store_away` where the store cannot be used.
template <class T>
class database
{
  public:
    using decision = std::function<result<change<T>>(std::optional<T>, const moment&)>;

    /// The document's value; none where it is absent or erased.
    task<result<std::optional<T>>> get(std::string id) const
    {
        auto found = co_await at_->store_of(service_).load(id_, std::move(id));
        if (!found)
            co_return fail(store_error(found.error()));
        co_return codec_->read(*found);
    }

    /// Changes one document: `decide` is pure, and runs again when somebody else was faster. It gets the present value
    /// (none: absent or erased) and returns the change or a failure. The value that is stored afterwards comes back.
    task<result<std::optional<T>>> update(call& on_behalf, std::string id, decision decide) const
    {
        auto after = co_await change_one(on_behalf, std::move(id), std::move(decide));
        if (!after)
            co_return fail(std::move(after.error()));
        co_return codec_->read(*after);
    }
    /// The same; and the answer includes (`Edm-After`) all that this document has published, whichever commit did: for
    /// an endpoint that may find its work done by another request.
    task<result<std::optional<T>>> update_and_include(call& on_behalf, std::string id, decision decide) const
    {
        auto after = co_await change_one(on_behalf, id, std::move(decide));
        if (!after)
            co_return fail(std::move(after.error()));
        for (const auto& c : after->envelope.counters)
            on_behalf.note_published({c.topic, id, {c.epoch, c.counter}});
        co_return codec_->read(*after);
    }

    /// Many documents, one commit each, sent together; every id at most once. `decide` gets the place in `ids`.
    task<std::vector<result<std::optional<T>>>>
    update_many(call& on_behalf, std::vector<std::string> ids,
                std::function<result<change<T>>(std::size_t, std::optional<T>, const moment&)> decide) const
    {
        auto raw = [codec = codec_.get(), &decide](std::size_t i, const loaded& before,
                                                   const moment& now) -> result<raw_change> {
            auto decided = decide(i, codec->read(before), now);
            if (!decided)
                return fail(std::move(decided.error()));
            return codec->write(std::move(*decided));
        };
        auto outcomes = co_await at_->update_many(on_behalf, service_, id_, std::move(ids), raw);
        std::vector<result<std::optional<T>>> values;
        values.reserve(outcomes.size());
        for (auto& outcome : outcomes) {
            if (outcome)
                values.emplace_back(codec_->read(*outcome));
            else
                values.emplace_back(fail(std::move(outcome.error())));
        }
        co_return values;
    }

    /// Documents in the order of their ids, after `after`, at most n; erased ones are left out (so a page may be short:
    /// `next` is empty only at the end).
    struct page
    {
        std::vector<document<T>> documents;
        std::string next;
    };
    task<result<page>> scan(std::string after, std::size_t n) const
    {
        auto found = co_await at_->store_of(service_).scan(id_, std::move(after), n);
        co_return to_page(std::move(found), n);
    }
    /// Documents whose declared index holds `value`.
    task<result<page>> find(std::string index, std::string value, std::string after, std::size_t n) const
    {
        auto found =
            co_await at_->store_of(service_).find(id_, std::move(index), std::move(value), std::move(after), n);
        co_return to_page(std::move(found), n);
    }

    /// Calls `wake` after each commit to the document, on any process, until the handle dies. The database must be
    /// declared `.watched()`.
    [[nodiscard]] std::shared_ptr<void> watch(std::string_view id, std::function<void()> wake) const
    {
        return at_->watch(service_, id_, id, std::move(wake));
    }
    /// The same for every document; `wake` gets the id of the one that was committed.
    [[nodiscard]] std::shared_ptr<void> watch_all(std::function<void(std::string_view id)> wake) const
    {
        return at_->watch_all(service_, id_, std::move(wake));
    }

    /// By the platform: what the declaration said, and where the documents are.
    void bind(std::string service, db_id id, std::shared_ptr<document_codec<T>> codec)
    {
        service_ = std::move(service);
        id_ = id;
        codec_ = std::move(codec);
    }
    void attach(delivery& at) { at_ = &at; }
    db_id id() const { return id_; }
    const document_codec<T>& codec() const { return *codec_; }

  private:
    task<result<loaded>> change_one(call& on_behalf, std::string id, decision decide) const
    {
        auto raw = [codec = codec_.get(), &decide](const loaded& before, const moment& now) -> result<raw_change> {
            auto decided = decide(codec->read(before), now);
            if (!decided)
                return fail(std::move(decided.error()));
            return codec->write(std::move(*decided));
        };
        co_return co_await at_->update(on_behalf, service_, id_, std::move(id), raw);
    }
    result<page> to_page(stored<std::vector<scanned_document>> found, std::size_t n) const
    {
        if (!found)
            return fail(store_error(found.error()));
        page out;
        if (found->size() == n && n != 0)
            out.next = found->back().id;
        for (auto& one : *found)
            if (auto value = codec_->read(one.document))
                out.documents.push_back({std::move(one.id), std::move(*value)});
        return out;
    }

    std::string service_;
    db_id id_ = 0;
    std::shared_ptr<document_codec<T>> codec_;
    delivery* at_ = nullptr;
};

} // namespace edm
