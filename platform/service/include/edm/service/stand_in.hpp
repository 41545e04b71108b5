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

} // namespace edm
