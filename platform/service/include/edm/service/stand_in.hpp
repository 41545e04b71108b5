#pragma once

#include <edm/core/result.hpp>
#include <edm/core/task.hpp>
#include <edm/service/database.hpp>

#include <cstdint>
#include <string>

namespace edm {

/// Stands in for a document that is not there, so that a request costs one commit whoever it names, and its time tells
/// nobody whether that one exists.
struct stand_in
{
    std::int64_t asked = 0; ///< how often
};
BOOST_DESCRIBE_STRUCT(stand_in, (), (asked))

/// The commit that stands in for one to `name`. A few thousand documents share this, so that strangers' requests do not
/// meet in one.
task<result<nothing>> commit_stand_in(const database<stand_in>& to, call& by, std::string name);

/// What somebody asks for the document `id`, where an answer must not tell whether there is one: `decide`, a pure
/// function as of `database::update`, over the document; and the commit that stands in where there is no document, or
/// `decide` keeps it as it is. One commit either way, and no document for a name that somebody typed.
template <class T, class F>
task<result<nothing>> update_or_stand_in(const database<T>& documents, const database<stand_in>& nobody, call& by,
                                         std::string id, F decide)
{
    auto present = co_await documents.get(id);
    if (!present)
        co_return fail(std::move(present.error()));
    if (*present) {
        bool changed = false;
        const auto look = [&](std::optional<T> now, const moment& at) -> result<change<T>> {
            auto decided = decide(std::move(now), at);
            changed = decided && !decided->kept();
            return decided;
        };
        auto stored = co_await documents.update(by, id, look);
        if (!stored)
            co_return fail(std::move(stored.error()));
        if (changed)
            co_return nothing{};
    }
    co_return co_await commit_stand_in(nobody, by, std::move(id));
}

} // namespace edm
