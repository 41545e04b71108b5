#pragma once

#include "document.hpp"
#include "server.hpp"

#include <edm/core/environment.hpp>

#include <string>
#include <vector>

namespace edm::store_couchdb {

/// The identity of each of these databases, by its name. It is random, lies in the document `identity`, and goes with
/// the database: one of the same name that is made anew has another. A database without one is given one, by whichever
/// process comes first.
task<stored<by_name<std::string>>> identities(server& at, const std::vector<std::string>& databases,
                                              const edm::environment& with);
/// The same of those that have one; none is made.
task<stored<by_name<std::string>>> present_identities(server& at, const std::vector<std::string>& databases);

} // namespace edm::store_couchdb
