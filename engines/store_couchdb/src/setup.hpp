#pragma once

#include "server.hpp"

#include <string>
#include <vector>

namespace edm::store_couchdb {

/// Makes sure that these databases exist with their indexes, however long CouchDB builds them, and that the
/// application's user may work in them and nobody else. With an administrator what is missing is made; without one it
/// is only looked for. Several processes may do so at once. Throws std::runtime_error, one line that names the setting.
struct wanted_database
{
    std::string name;
    std::string design; ///< of its indexes
};
/// `as`: the session of the user whom the stores work as.
task<> make_sure(const options& with, std::shared_ptr<session> as, std::vector<wanted_database> databases);

} // namespace edm::store_couchdb
